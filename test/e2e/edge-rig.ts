// An edge on loopback with a real nginx, told what to serve by the test instead of by control; and a target behind it.
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Edge, runEdge } from "../../src/edge/main.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { exec } from "../../src/lib/exec.ts";
import { request } from "../../src/lib/http.ts";
import { createLog } from "../../src/lib/log.ts";
import { type Paths, pathsFrom } from "../../src/lib/paths.ts";
import type { HostAnswer } from "../../src/wire/api.ts";
import type { NginxObject, RouteObject } from "../../src/wire/edge.ts";
import type { PluginObject } from "../../src/wire/edge-plugins.ts";
import type { ServiceObject } from "../../src/wire/edge-service.ts";
import type { GatewayState } from "../../src/wire/edge-state.ts";
import { type Followed, nothingFollowed } from "../../src/wire/follow.ts";
import { digestOf, type Objects } from "../../src/wire/objects.ts";
import type { EdgeStatus, Question } from "../../src/wire/stream.ts";
import { plainNginx } from "../lab/plain-nginx.ts";

export const nginxObject: NginxObject = { ...plainNginx, accessLog: true, tuning: { workers: 2 } };

export function routeTo(name: string, service: string, change: Partial<RouteObject> = {}): Objects {
  const route: RouteObject = {
    name,
    hosts: ["api.test"],
    paths: [{ kind: "prefix", path: "" }],
    methods: [],
    service,
    plugins: [],
    maxBodyBytes: 1_048_576,
    ...change,
  };
  return { [`route/${name}`]: JSON.stringify(route) };
}

export function serviceAt(name: string, ports: readonly number[]): Objects {
  const service: ServiceObject = {
    name,
    targets: ports.map((port) => ({ name: `target-${port}`, address: "127.0.0.1", port })),
    balance: "roundRobin",
    ejection: { errors: 3, cooldownMs: 1000 },
    retries: 1,
    timeouts: { connectMs: 1000, sendMs: 5000, readMs: 60_000 },
  };
  return { [`service/${name}`]: JSON.stringify(service) };
}

export function plugin(key: string, object: PluginObject): Objects {
  return { [`plugin/${key}`]: JSON.stringify(object) };
}

export interface EdgeRig {
  readonly folder: string;
  readonly paths: Paths;
  /** Gives these objects to the edge as control would. */
  readonly tell: (objects: Objects) => void;
  readonly start: (nginx?: "spawn" | "external") => Promise<Edge>;
  /** What the edge told control last. */
  readonly reported: () => EdgeStatus | undefined;
  /** `KIND SUBJECT` of all that the edge told of as events. */
  readonly happened: () => readonly string[];
  /** What the edge wrote to standard output of its access log. */
  readonly accessLines: () => string;
  /** Asks the edge as control would. */
  readonly ask: (question: Question) => Promise<HostAnswer>;
  readonly masterPid: () => number;
  readonly gatewayState: () => Promise<GatewayState>;
  /** Process numbers of both workers, once both have said which state they have. */
  readonly workers: () => Promise<number[]>;
  /** Ends the edge and its nginx, removes all files. */
  readonly end: () => Promise<void>;
}

export function edgeRig(): EdgeRig {
  const folder = mkdtempSync(join(tmpdir(), "portway-edge-"));
  chmodSync(folder, 0o755); // nginx's workers are of another account
  const paths = pathsFrom({ stateDir: join(folder, "state"), runDir: join(folder, "run") });
  const log = createLog("edge", (process.env["PORTWAY_LOG"] as "info" | undefined) ?? "error");
  let state: Followed = nothingFollowed;
  let tellEdge: ((state: Followed) => void) | undefined;
  let reported: EdgeStatus | undefined;
  const happened: string[] = [];
  let edge: Edge | undefined;
  let accessLines = "";
  let askEdge: ((id: number, question: Question) => void) | undefined;
  let onAnswer: ((answer: HostAnswer) => void) | undefined;
  const gatewayState = async () => {
    const { body } = await request({ socketPath: paths.nginxSocket, path: "/state" });
    return JSON.parse(body) as GatewayState;
  };
  return {
    folder,
    paths,
    tell(objects) {
      state = { revision: state.revision + 1, objects, digest: digestOf(objects) };
      tellEdge?.(state);
    },
    async start(nginx = "spawn") {
      edge = await runEdge({
        paths,
        log,
        clock: systemClock,
        exec,
        nginx,
        addresses: ["127.0.0.1"],
        metricsListen: { host: "127.0.0.1", port: 0 },
        out: (text) => {
          accessLines += text;
        },
        control: {
          node: "edge-1",
          async source(held, sink, signal) {
            if (held.revision >= state.revision) state = held;
            tellEdge = sink.onState;
            askEdge = sink.onAsked;
            sink.onConnection(undefined);
            if (state !== held) sink.onState(state);
            await systemClock.sleep(2 ** 31 - 1, signal);
          },
          answer: async (answer) => onAnswer?.(answer),
          async report(status) {
            reported = status;
            happened.push(...(status.events ?? []).map(({ kind, subject }) => `${kind} ${subject}`));
          },
        },
      });
      return edge;
    },
    reported: () => reported,
    accessLines: () => accessLines,
    happened: () => happened,
    ask: (question) =>
      new Promise((resolve) => {
        onAnswer = resolve;
        askEdge?.(7, question);
      }),
    masterPid: () => Number(readFileSync(join(paths.runDir, "nginx", "nginx.pid"), "utf8")),
    gatewayState,
    async workers() {
      let pids: number[] = [];
      await until("both workers serve", async () => {
        pids = (await gatewayState().catch(() => undefined))?.workers.map(({ pid }) => pid).sort() ?? [];
        return pids.length === 2;
      });
      return pids;
    },
    async end() {
      await edge?.close({ stopNginx: true, graceMs: 500 });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until a condition holds; throws with its name after 15 s. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 45_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within 15 s: ${what}`);
    await systemClock.sleep(10);
  }
}

export interface Target {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** An HTTP server that tells what it was asked as JSON, and sends back what comes over a WebSocket (RFC 6455). */
export async function echoTarget(): Promise<Target> {
  const server: Server = createServer(tell);
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on("end", () => socket.end());
    // A client's frame is masked, a server's is not: short text frames alone.
    socket.on("data", (frame: Buffer) => {
      const length = frame[1]! & 0x7f;
      const mask = frame.subarray(2, 6);
      const text = Buffer.from(frame.subarray(6, 6 + length).map((byte, i) => byte ^ mask[i % 4]!));
      socket.write(Buffer.concat([Buffer.from([0x81, length]), text]));
    });
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function tell(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  response.setHeader("content-type", "application/json");
  response.setHeader("x-request-id", "the target's own");
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, bytes }));
}
