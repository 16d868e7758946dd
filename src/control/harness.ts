// For tests: a whole control in a folder of its own, on loopback, spoken to through its doors as anybody would.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../lib/clock.ts";
import { type Door, type Lines, openLines, type Reply, request } from "../lib/http.ts";
import { type Log, silentLog } from "../lib/log.ts";
import { type Paths, pathsFrom } from "../lib/paths.ts";
import { generateHostIdentity, type HostIdentity } from "../lib/x509.ts";
import { openRegistry } from "../registry/open.ts";
import type { Registry } from "../registry/store.ts";
import type { ApplyAnswer, SpecDocument, TokenCreated, TokenRequest } from "../wire/api.ts";
import { type ApiRouteId, apiRoutes } from "../wire/api-routes.ts";
import type { Problem } from "../wire/errors.ts";
import type { JoinAnswer } from "../wire/join.ts";
import { decodeToken, type TokenContents } from "../wire/token.ts";
import { type RunningControl, serveRegistry } from "./main.ts";

export interface Ask {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestControl {
  readonly running: RunningControl;
  readonly registry: Registry;
  readonly paths: Paths;
  readonly rootPem: string;
  /** The local administrator's socket, and the network without any credential. */
  readonly local: Door;
  readonly stranger: Door;
  /** Time passes for control. */
  readonly pass: (ms: number) => void;
  /** Sets the wall clock of control on, or back. */
  readonly jump: (ms: number) => void;
  readonly apply: (text: string) => Promise<ApplyAnswer>;
  readonly token: (request?: Partial<TokenRequest>) => Promise<TokenContents>;
  /** Joins a host by a new token; the answer is its door. */
  readonly join: (name: string, request?: Partial<TokenRequest>) => Promise<Door>;
  readonly close: () => Promise<void>;
}

export interface TestOptions {
  readonly log?: Log;
  /** Stands between control and its registry. */
  readonly through?: (registry: Registry) => Registry;
  /** The folder of an earlier one, to start again on. */
  readonly folder?: string;
}

/** The WireGuard key of a host's plane: always the same one. */
export const planeKey = (host: string, plane: string) =>
  createHash("sha256").update(`${host} ${plane}`).digest("base64");

export async function startTestControl(options: TestOptions = {}): Promise<TestControl> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "portway-control-"));
  const paths = pathsFrom({ stateDir: join(folder, "state"), runDir: join(folder, "run") }, {});
  let [passedMs, jumpedMs] = [0, 0];
  const clock: Clock = {
    ...systemClock,
    now: () => Date.now() + passedMs + jumpedMs,
    monotonic: () => systemClock.monotonic() + passedMs,
  };
  const registry = await openRegistry(`sqlite:${join(paths.control, "registry.db")}`, { clock });
  const running = await serveRegistry(options.through?.(registry) ?? registry, {
    paths,
    listen: { host: "127.0.0.1", port: 0 },
    metricsListen: { host: "127.0.0.1", port: 0 },
    advertise: [],
    clock,
    log: options.log ?? silentLog,
  });
  const local: Door = { socketPath: running.socketPath };
  const { certificate: rootPem } = await demand<{ certificate: string }>(local, "authority");
  const stranger: Door = { url: `https://127.0.0.1:${running.port}`, ca: rootPem };

  const token = async (wanted: Partial<TokenRequest> = {}) =>
    decodeToken((await demand<TokenCreated>(local, "tokenCreate", { body: { kind: "join", ...wanted } })).token);
  return {
    running,
    registry,
    paths,
    rootPem,
    local,
    stranger,
    pass(ms) {
      passedMs += ms;
    },
    jump(ms) {
      jumpedMs += ms;
    },
    async apply(text) {
      const { revision } = await demand<SpecDocument>(local, "specGet");
      return demand<ApplyAnswer>(local, "specApply", { body: { text, expectedRevision: revision } });
    },
    token,
    async join(name, wanted) {
      const identity = await generateHostIdentity();
      const { secret } = await token(wanted);
      const { certificate } = await demand<JoinAnswer>(stranger, "join", { body: joinBody(secret, name, identity) });
      return { ...stranger, cert: certificate, key: identity.privateKeyPem };
    },
    async close() {
      await running.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true });
    },
  };
}

export function joinBody(secret: string, name: string, { csrPem }: Pick<HostIdentity, "csrPem">) {
  const keys = ["pw0", "pwr", "pwr1"].map((plane) => ({ plane, publicKey: planeKey(name, plane), generation: 1 }));
  return { secret, name, csr: csrPem, keys, capability: 1 };
}

/** Longer than a program waits: tests with hundreds of connections run on slow machines too. */
const patienceMs = 60_000;

/** Asks one route, whatever comes. */
export async function ask(door: Door, route: ApiRouteId, { path, query, body, headers }: Ask = {}): Promise<Reply> {
  const { method, path: pattern } = apiRoutes[route];
  const target = pattern.replace(/:(\w+)/g, (_, name: string) => path?.[name] ?? name);
  return request({
    timeoutMs: patienceMs,
    ...door,
    method,
    path: query ? `${target}?${new URLSearchParams(query)}` : target,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

/** Asks one route and throws unless it succeeds. */
export async function demand<Answer>(door: Door, route: ApiRouteId, options: Ask = {}): Promise<Answer> {
  const reply = await ask(door, route, options);
  if (reply.status >= 300) throw new Error(`${route}: ${reply.status} ${reply.body}`);
  return JSON.parse(reply.body) as Answer;
}

/** Asks one route and answers the problem it must end with. */
export async function refused(door: Door, route: ApiRouteId, options: Ask = {}): Promise<Problem> {
  const reply = await ask(door, route, options);
  if (reply.headers["content-type"] !== "application/problem+json") throw new Error(`no problem: ${reply.body}`);
  const problem = JSON.parse(reply.body) as Problem;
  if (problem.status !== reply.status) throw new Error(`${problem.status} is not ${reply.status}`);
  return problem;
}

/** Opens a host's stream. */
export const openStream = (door: Door, part: "mesh" | "edge", digest?: string): Promise<Lines> =>
  openLines({ ...door, path: `/v1/stream?part=${part}${digest ? `&digest=${digest}` : ""}` });

/** A host that follows a part and answers each question so; `asked` are the questions. */
export async function answering(door: Door, part: "mesh" | "edge", answers: () => object) {
  const { lines, close } = await openStream(door, part);
  const asked: unknown[] = [];
  void (async () => {
    for await (const line of lines) {
      const message = JSON.parse(line) as { type: string; id: number; question: unknown };
      if (message.type !== "ask") continue;
      asked.push(message.question);
      await demand(door, "selfAnswer", { body: { id: message.id, ...answers() } });
    }
  })().catch(() => {});
  return { asked, close };
}

/** A small network: an edge that is a relay, two APIs and a database. */
export const smallFile = `
version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [edge, relay], endpoint: edge.example.com:51820 }
  api-1: { tags: [api] }
  api-2: { tags: [api] }
  db-1: { tags: [db] }
access:
  - { from: [role:edge], to: [tag:api], allow: [tcp/8080] }
  - { from: [tag:api], to: [tag:db], allow: [tcp/5432] }
`;
