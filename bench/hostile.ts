// What good requests feel, and what nginx's worker takes, while clients are slow on purpose: slowhttptest in its four modes, and
// idle connections by the thousand. Floods are floods.ts.
// Usage: sudo node bench/hostile.ts [seconds a slow attack]   (20 unless told)
import { existsSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { stripVTControlCharacters } from "node:util";
import { exec } from "../src/lib/exec.ts";
import { figure, name, pause, report, startHostileRig, type Watched } from "./hostile-rig.ts";

const attackSeconds = Number(process.argv[2] ?? 20);
const quietMs = 8_000;
const idleConnections = 10_000;
const idleTlsConnections = 1_000;

const rig = await startHostileRig();
const { port, httpsPort, residentBytes, whileGood } = rig;

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
} finally {
  await rig.stop();
}
