// Large bodies: MB/s and processor time a GB of answers of 10 MiB through Portway, bare nginx and HAProxy,
// alternating; one worker each on processor 0, client and origin on processor 1.
// Usage: node bench/bodies.ts [rounds]   (5 unless told)
import { join } from "node:path";
import { exec } from "../src/lib/exec.ts";
import { freePort } from "../test/lab/free-port.ts";
import { audience, chainObjects, issuer, makeSigner } from "./chain.ts";
import { haproxyConf } from "./peers/haproxy.ts";
import { bareNginxConf, upstreamConf } from "./peers/nginx.ts";
import { preparePortway } from "./portway.ts";
import { makeStand, median } from "./rig.ts";

const [rounds = 5] = process.argv.slice(2).map(Number);
const bytes = 10 * 1024 * 1024;
const perRound = 40;
const ports = {
  upstream: await freePort(),
  nginx: await freePort(),
  portway: await freePort(),
  haproxy: await freePort(),
};
const { folder, file, start, end } = makeStand("bodies");

try {
  const signer = await makeSigner();
  const body = file("body", Buffer.alloc(bytes, "portway "));
  const upstream = upstreamConf(ports.upstream, join(folder, "upstream.pid")).replace(
    "location /",
    `client_max_body_size 0; location = /orders/body { alias ${body}; } location /`,
  );
  await start(1, ["nginx", "-c", file("upstream.conf", `user root;\n${upstream}`)], ports.upstream);
  const bare = bareNginxConf({ upstream: ports.upstream, subject: ports.nginx, pidFile: join(folder, "bare.pid") });
  const bareConf = file("bare.conf", bare.replace("location /", "client_max_body_size 0; location /"));
  const haproxy = haproxyConf({
    ...{ upstream: ports.upstream, subject: ports.haproxy, issuer, audience, jwt: false },
    publicKeyFile: file("public.pem", signer.publicPem),
  });
  const portway = await preparePortway(folder, ports.portway);
  const subjects = {
    nginx: { served: await start(0, ["nginx", "-c", bareConf], ports.nginx), port: ports.nginx },
    portway: { served: await start(0, ["nginx", "-c", portway.conf], ports.portway), port: ports.portway },
    haproxy: {
      served: await start(0, ["haproxy", "-q", "-f", file("haproxy.cfg", haproxy)], ports.haproxy),
      port: ports.haproxy,
    },
  };
  await portway.push(chainObjects([], ports.upstream, signer.keys));
  const results: Record<string, { megabytesPerSecond: number[]; cpu: number[] }> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [subject, { served, port }] of Object.entries(subjects)) {
      const before = served.cpuMicros();
      const seconds = await download(port);
      if (round === 0) continue; // it warms up
      const result = results[subject] ?? { megabytesPerSecond: [], cpu: [] };
      result.megabytesPerSecond.push((bytes * perRound) / 1e6 / seconds);
      result.cpu.push((served.cpuMicros() - before) / 1000 / ((bytes * perRound) / 1e9));
      results[subject] = result;
    }
  }
  for (const [subject, { megabytesPerSecond, cpu }] of Object.entries(results)) {
    console.log(`${subject}_download ${median(megabytesPerSecond).toFixed(0)} MB/s`);
    console.log(`${subject}_download_cpu ${median(cpu).toFixed(0)} ms/GB`);
  }
} finally {
  await end();
}

/** Fetches the body so often over four connections; gives the seconds that it took. */
async function download(port: number): Promise<number> {
  const words = ["--h1", `-n${perRound}`, "-c4", "-t1", "-H", ":authority: api.example.com"];
  const { stdout } = await exec("taskset", ["-c", "1", "h2load", ...words, `http://127.0.0.1:${port}/orders/body`], {
    timeoutMs: 120_000,
  });
  const good = Number(/(\d+) 2xx/.exec(stdout)?.[1] ?? 0);
  if (good !== perRound) throw new Error(`h2load: ${stdout}`);
  const [, value, unit] = /finished in ([\d.]+)(us|ms|s)/.exec(stdout)!;
  return Number(value) / { us: 1e6, ms: 1e3, s: 1 }[unit as "us" | "ms" | "s"];
}
