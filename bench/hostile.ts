// What good requests feel, and what nginx's worker takes, while clients are hostile: slowhttptest in its four modes, idle
// connections by the thousand, and floods of HTTP/2 frames. One worker on processor 0, limits and time-outs as they are set
// for everyone. The good client and the origin go before attackers on the other processor: what is measured is the gateway.
// Usage: sudo node bench/hostile.ts [seconds a slow attack]   (20 unless told)
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { stripVTControlCharacters } from "node:util";
import { exec } from "../src/lib/exec.ts";
import { isUsual, put, takeBack, unsentBytes } from "../src/lib/kernel-settings.ts";
import { selfSigned } from "../src/lib/x509.ts";
import type { LimitsObject, RouteObject } from "../src/wire/edge.ts";
import type { ServiceObject } from "../src/wire/edge-service.ts";
import type { Objects } from "../src/wire/objects.ts";
import { type Flood, floods } from "../test/hostile/floods.ts";
import { freePort } from "../test/lab/free-port.ts";
import { preparePortway } from "./portway.ts";
import { startPinned } from "./rig.ts";

const attackSeconds = Number(process.argv[2] ?? 20);
const quietMs = 8_000;
const idleConnections = 10_000;
const idleTlsConnections = 1_000;
const goodEveryMs = 20;
const name = "a.test";
const longestFloodMs = 15_000;

const floodMs = 4_000;
/** Not the attacker's, whom the limits to each client meet. */
const goodAddress = "127.0.0.2";

const [port, httpsPort, originPort] = [await freePort(), await freePort(), await freePort()];
const folder = mkdtempSync(join(tmpdir(), "portway-hostile-"));

/** Answers at once, and /large with 1 MiB. */
function originConf(): string {
  writeFileSync(join(folder, "large"), Buffer.alloc(2 ** 20, "x"));
  const conf = join(folder, "origin.conf");
  writeFileSync(
    conf,
    `user root; worker_processes 1; daemon off; pid ${folder}/origin.pid; error_log stderr crit;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 1000000000; client_body_temp_path ${folder};
  server {
    listen 127.0.0.1:${originPort} backlog=4096;
    location = /large { root ${folder}; }
    location / { return 200 done; }
  }
}\n`,
  );
  return conf;
}

const limits: LimitsObject = { clients: { connections: 1000, intervalMicros: 500, burst: 2000 } };

async function objects(): Promise<Objects> {
  const service: ServiceObject = {
    name: "app",
    targets: [{ name: "app-1", address: "127.0.0.1", port: originPort }],
    balance: "roundRobin",
    ejection: { errors: 1_000_000, cooldownMs: 1000 },
    retries: 1,
    timeouts: { connectMs: 2_000, sendMs: 30_000, readMs: 60_000 },
  };
  const route: RouteObject = {
    name: "app",
    hosts: ["*"],
    paths: [{ kind: "prefix", path: "" }],
    methods: [],
    service: "app",
    plugins: [],
    maxBodyBytes: 1_048_576,
  };
  const certificate = { names: [name], ...(await selfSigned([name], Date.now())) };
  const all = { "service/app": service, "route/app": route, "certificate/a": certificate, "limits/edge": limits };
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, JSON.stringify(value)]));
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

/** Good requests by a program that goes before the attacker's on their processor, until stopped; one that failed is infinitely late. */
function goodClient(): () => Promise<readonly number[]> {
  const words = [process.execPath, join(import.meta.dirname, "good-client.ts"), port, goodAddress, name, goodEveryMs];
  const client = spawn("taskset", ["-c", "1", "nice", "-n", "-15", ...words.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  client.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  const ended = new Promise<void>((resolve) => client.once("close", () => resolve()));
  return async () => {
    client.kill("SIGTERM");
    await ended;
    return (JSON.parse(text) as (number | null)[]).map((ms) => ms ?? Number.POSITIVE_INFINITY);
  };
}

const figure = (what: string, value: number, unit: string, digits = 0) =>
  console.log(`${what} ${value.toFixed(digits)} ${unit}`);

const origin = await startPinned(1, ["nice", "-n", "-15", "nginx", "-c", originConf()], originPort);
if (isUsual(unsentBytes)) process.once("exit", () => takeBack(unsentBytes));
put(unsentBytes); // as the edge does
const portway = await preparePortway(folder, port, httpsPort);
const nginx = await startPinned(0, ["nginx", "-c", portway.conf], port);
await portway.push(await objects());
const workerPid = Number(readFileSync(`/proc/${nginx.pid}/task/${nginx.pid}/children`, "utf8").trim().split(" ")[0]);
const residentBytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${workerPid}/status`, "utf8"))![1]) * 1024;

/** How long the worker could have run while others had its processor, seconds so far. */
const queuedSeconds = () => Number(readFileSync(`/proc/${workerPid}/schedstat`, "utf8").split(" ")[1]) / 1e9;

interface Watched {
  readonly p99Ms: number;
  readonly growthBytes: number;
  readonly cpuShare: number;
  /** Of the time, that it waited for its processor: above a few percent, the times say more of the machine than of it. */
  readonly queuedShare: number;
}

/** What good requests felt, how much the worker grew at most and what of a processor it took, while `work` went on. */
async function whileGood(work: () => Promise<unknown>): Promise<Watched> {
  const before = residentBytes();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes());
  }, 200);
  const [start, cpu, queued] = [performance.now(), nginx.cpuMicros(), queuedSeconds()];
  const stop = goodClient();
  await work();
  const times = await stop();
  clearInterval(timer);
  const seconds = (performance.now() - start) / 1000;
  const cpuShare = (nginx.cpuMicros() - cpu) / (seconds * 1_000_000);
  const queuedShare = (queuedSeconds() - queued) / seconds;
  return { p99Ms: quantile(times, 0.99), growthBytes: Math.max(most, residentBytes()) - before, cpuShare, queuedShare };
}

function report(what: string, { p99Ms, growthBytes, cpuShare, queuedShare }: Watched, quiet: Watched): void {
  figure(`${what}_good_p99`, p99Ms, "ms", 1);
  figure(`${what}_good_p99_over_quiet`, p99Ms / quiet.p99Ms, "", 2);
  figure(`${what}_worker_growth`, growthBytes / 1024, "KiB");
  figure(`${what}_worker_cpu`, 100 * cpuShare, "%");
  figure(`${what}_worker_queued`, 100 * queuedShare, "%");
}

const url = (path: string) => ["-u", `http://127.0.0.1:${port}${path}`];
const slowModes: Readonly<Record<string, readonly string[]>> = {
  slow_headers: ["-H", "-i", "5", ...url("/")],
  slow_bodies: ["-B", "-i", "5", "-s", "8192", ...url("/")],
  ranges: ["-R", "-a", "10", "-b", "3000", ...url("/large")],
  slow_readers: ["-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3", ...url("/large")],
};

/** How many of the attack's connections the gateway had closed at its end. */
async function slowAttack(words: readonly string[]): Promise<number> {
  const usual = ["-c", "1000", "-r", "500", "-l", String(attackSeconds), "-p", "5"];
  const { stdout } = await exec("taskset", ["-c", "1", "slowhttptest", ...usual, ...words], {
    timeoutMs: (attackSeconds + 30) * 1000,
  });
  return Number([...stripVTControlCharacters(stdout).matchAll(/closed:\s+(\d+)/g)].at(-1)?.[1] ?? Number.NaN);
}

/** Connections that have asked once and then say nothing. */
async function idle(count: number, open: () => Socket): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const socket = open();
      sockets.push(socket);
      socket.once("error", reject).once("data", () => resolve());
      socket.write(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`);
    });
  for (let left = count; left > 0; left -= 50) {
    await Promise.all(Array.from({ length: Math.min(50, left) }, one));
    await pause(30); // below the limit to each client's requests
  }
  return sockets;
}

async function measureIdle(what: string, count: number, quiet: Watched, open: () => Socket): Promise<void> {
  const before = residentBytes();
  const sockets = await idle(count, open);
  const growth = residentBytes() - before;
  figure(`${what}_memory_a_connection`, growth / 1024 / count, "KiB", 1);
  report(what, await whileGood(() => pause(5_000)), quiet);
  for (const socket of sockets) socket.destroy();
}

/** Whether the gateway ended the connection, and after how many bytes. */
async function flood({ start, again, most }: Flood): Promise<{ readonly isEnded: boolean; readonly bytes: number }> {
  const options = { port: httpsPort, host: "127.0.0.1", servername: name, ALPNProtocols: ["h2"] };
  const socket = connectTls({ ...options, rejectUnauthorized: false });
  let isEnded = false;
  const over = new Promise<void>((resolve) => {
    const end = () => {
      isEnded = true;
      resolve();
    };
    socket.on("error", end).on("close", end).on("end", end);
  });
  await Promise.race([new Promise((resolve) => socket.once("secureConnect", resolve)), over]);
  socket.resume();
  socket.write(Buffer.from(start, "latin1"));
  const limit = AbortSignal.timeout(longestFloodMs);
  for (let turn = 0; turn < most && !isEnded && !limit.aborted; turn++) {
    if (!socket.write(Buffer.from(again(turn), "latin1")))
      await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), over]);
    if (turn % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (!isEnded) await Promise.race([over, pause(1_500)]);
  const bytes = socket.bytesWritten;
  socket.destroy();
  return { isEnded, bytes };
}

try {
  await whileGood(() => pause(2_000)); // warms up
  const quiet = await whileGood(() => pause(quietMs));
  figure("quiet_good_p99", quiet.p99Ms, "ms", 1);
  figure("quiet_worker_cpu", 100 * quiet.cpuShare, "%");
  await measureIdle(`idle_${idleConnections}`, idleConnections, quiet, () => connectTcp(port, "127.0.0.1"));
  const tls = { port: httpsPort, host: "127.0.0.1", servername: name, rejectUnauthorized: false };
  await measureIdle(`idle_tls_${idleTlsConnections}`, idleTlsConnections, quiet, () => connectTls(tls));
  if (existsSync("/usr/bin/slowhttptest")) {
    for (const [what, words] of Object.entries(slowModes)) {
      let closed = 0;
      const watched = await whileGood(async () => {
        closed = await slowAttack(words);
      });
      report(what, watched, quiet);
      figure(`${what}_closed_of_1000`, closed, "");
    }
  } else {
    console.log("slow attacks skipped: slowhttptest is missing (sudo scripts/setup --with-bench)");
  }
  for (const one of floods) {
    const what = `flood_${one.name.replace(/ \(.*/, "").replaceAll(/[^a-z0-9]+/gi, "_")}`;
    const outcome = { connections: 0, ended: 0, bytes: 0 };
    const watched = await whileGood(async () => {
      const start = performance.now();
      while (performance.now() - start < floodMs) {
        const { isEnded, bytes } = await flood(one);
        outcome.connections++;
        outcome.ended += isEnded ? 1 : 0;
        outcome.bytes += bytes;
      }
    });
    report(what, watched, quiet);
    figure(`${what}_connections`, outcome.connections, "");
    figure(`${what}_connections_ended`, outcome.ended, "");
    figure(`${what}_sent_a_connection`, outcome.bytes / 1024 / outcome.connections, "KiB");
  }
} finally {
  await nginx.stop();
  await origin.stop();
  rmSync(folder, { recursive: true, force: true });
}
