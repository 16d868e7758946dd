// A gateway on loopback for tests: nginx with the edge's own configuration and the built Lua, snapshots pushed as the edge
// pushes them, in a folder that goes when it stops.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countedAfter, nothingCounted } from "../../src/edge/gateway-counters.ts";
import { gatewayBuild } from "../../src/edge/machine.ts";
import { nginxConf, type Place } from "../../src/edge/nginx-conf.ts";
import { type Reply, request } from "../../src/lib/http.ts";
import { selfSigned } from "../../src/lib/x509.ts";
import type { NginxObject } from "../../src/wire/edge.ts";
import type { GatewayCounters, GatewayState, SnapshotPush, SnapshotReply } from "../../src/wire/edge-state.ts";
import { deltaOf, digestOf, type Objects } from "../../src/wire/objects.ts";
import type { WhyReport } from "../../src/wire/why.ts";
import { crashLine } from "../hostile/faults.ts";
import { freePort } from "../lab/free-port.ts";
import { plainNginx } from "../lab/plain-nginx.ts";
import { startProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";

export interface GatewayOptions {
  readonly workers?: number;
  readonly nginx?: Partial<NginxObject>;
  /** Whether this host has nginx's module for brotli; it has unless told. */
  readonly hasBrotli?: boolean;
  /** In force from the start. */
  readonly objects?: Objects;
  /** Changes nginx.conf before nginx reads it. */
  readonly edit?: (conf: string) => string;
}

export interface Gateway {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly masterPid: number;
  /** Where the edge process would ask. */
  readonly socketPath: string;
  /** Pushes what differs from the last objects that were taken. */
  readonly push: (objects: Objects) => Promise<PushAnswer>;
  /** Posts any body. */
  readonly post: (body: string) => Promise<PushAnswer>;
  readonly state: () => Promise<GatewayState>;
  readonly counters: () => Promise<GatewayCounters>;
  /** GET of any path of the edge's socket. */
  readonly ask: (path: string) => Promise<Reply>;
  /** What is kept of a request; `{}`: nothing. */
  readonly why: (id: string) => Promise<Partial<WhyReport>>;
  /** With these changes to its own configuration. */
  readonly reload: (changes?: Partial<NginxObject>) => void;
  readonly errorLog: () => string;
  readonly accessLog: () => string;
  readonly stop: () => Promise<void>;
}

export interface PushAnswer extends SnapshotReply {
  readonly status: number;
}

const luaRoot = new URL("../../build/lua", import.meta.url).pathname;

export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), "portway-gateway-"));
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const fallback = await selfSigned(["fallback.invalid"], Date.now());
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  mkdirSync(join(folder, "temporary"));
  let held: Objects = options.objects ?? {};
  let revision = options.objects ? 1 : 0;
  const nginx: NginxObject = {
    ...plainNginx,
    http: { port: httpPort, redirect: false },
    https: { port: httpsPort },
    tuning: { workers: options.workers ?? 2, connections: 512 },
    ...options.nginx,
  };
  const errorLog = join(folder, "error.log");
  const place: Place = {
    node: "test",
    build: gatewayBuild(luaRoot),
    modules: "/usr/lib/nginx/modules",
    hasBrotli: options.hasBrotli ?? true,
    luaRoot,
    ...(process.getuid?.() === 0 && { user: "root" }),
    addresses: ["127.0.0.1"],
    pidFile: join(folder, "nginx.pid"),
    errorLog,
    accessLog: join(folder, "access.log"),
    temporary: join(folder, "temporary"),
    socket: join(folder, "nginx.sock"),
    stateFile: file("snapshot.json", JSON.stringify({ revision, digest: digestOf(held), objects: held })),
    fallbackCertificate: file("fallback.pem", fallback.certificatePem),
    fallbackKey: file("fallback.key", fallback.keyPem),
  };
  const confOf = (changes: Partial<NginxObject>) => {
    const conf = nginxConf({ ...nginx, ...changes }, { cores: 2, memoryBytes: 2 ** 31, openFilesLimit: 4096 }, place);
    return options.edit?.(conf) ?? conf;
  };
  const confFile = file("nginx.conf", confOf({}));
  const words = ["/usr/sbin/nginx", "-p", folder, "-c", confFile, "-e", errorLog, "-g", "daemon off;"];
  const nginxProcess = startProcess("nginx", words, join(folder, "output.log"), process.env);
  const door = { socketPath: join(folder, "nginx.sock") };
  const counters = async () => countedAfter(nothingCounted, await request({ ...door, path: "/counters" }));
  const get = async (path: string) => JSON.parse((await request({ ...door, path })).body);
  const errors = () => readFileSync(errorLog, "utf8") + nginxProcess.logText();

  async function post(body: string): Promise<PushAnswer> {
    const reply = await request({ ...door, method: "POST", path: "/snapshot", body });
    return { status: reply.status, ...(JSON.parse(reply.body) as SnapshotReply) };
  }

  async function push(objects: Objects): Promise<PushAnswer> {
    const body: SnapshotPush = {
      from: revision,
      to: revision + 1,
      full: revision === 0,
      ...deltaOf(held, objects),
      digest: digestOf(objects),
    };
    const answer = await post(JSON.stringify(body));
    if (answer.status === 200) [held, revision] = [objects, answer.revision];
    return answer;
  }

  const isUp = async () => {
    if (!nginxProcess.running()) throw new Error(`nginx ended: ${errors()}`);
    return (await request({ ...door, path: "/state" }).catch(() => undefined))?.status === 200;
  };
  const stop = async () => {
    await nginxProcess.stop();
    const crash = crashLine(errors());
    rmSync(folder, { recursive: true, force: true });
    if (crash !== undefined) throw new Error(`a worker of nginx has crashed: ${crash}`);
  };
  try {
    await waitFor(isUp, { what: "nginx to answer" });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    httpPort,
    httpsPort,
    masterPid: nginxProcess.pid,
    ...door,
    push,
    post,
    state: () => get("/state"),
    counters,
    ask: (path) => request({ ...door, path }),
    why: (id) => get(`/why?id=${id}`),
    reload(changes = {}) {
      file("nginx.conf", confOf(changes));
      process.kill(nginxProcess.pid, "SIGHUP");
    },
    errorLog: errors,
    accessLog: () => readFileSync(join(folder, "access.log"), "utf8"),
    stop,
  };
}
