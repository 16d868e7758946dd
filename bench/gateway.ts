// `make bench`: Portway's whole chain beside nginx as a bare proxy and HAProxy with the nearest equivalent. One run,
// alternating, every subject with one worker on processor 0; load generator and origin share processor 1. Envoy, Caddy,
// Traefik and KrakenD take part where they are on PATH.
// Usage: node bench/gateway.ts [rounds] [seconds]   (7 rounds of 3 s unless told)
import { join } from "node:path";
import { freePort } from "../test/lab/free-port.ts";
import { audience, chainObjects, issuer, makeSigner, wholeChain } from "./chain.ts";
import { caddy } from "./peers/caddy.ts";
import { envoy } from "./peers/envoy.ts";
import { haproxyConf } from "./peers/haproxy.ts";
import { krakend } from "./peers/krakend.ts";
import { bareNginxConf, upstreamConf } from "./peers/nginx.ts";
import { traefik } from "./peers/traefik.ts";
import { preparePortway } from "./portway.ts";
import { isOnPath, type Load, load, makeStand, median, printLoads, type Running } from "./rig.ts";

const peers = [envoy, caddy, traefik, krakend];
const rounds = Number(process.argv[2] ?? 7);
const seconds = Number(process.argv[3] ?? 3);
const ports = {
  upstream: await freePort(),
  nginx: await freePort(),
  portway: await freePort(),
  haproxy: await freePort(),
  haproxyLimits: await freePort(),
};
const { folder, file, start, end } = makeStand("bench");

try {
  const signer = await makeSigner();
  const publicKeyFile = file("public.pem", signer.publicPem);
  const haproxy = (subject: number, jwt: boolean) =>
    haproxyConf({ upstream: ports.upstream, subject, publicKeyFile, issuer, audience, jwt });
  const portway = await preparePortway(folder, ports.portway);
  await start(
    1,
    ["nginx", "-c", file("upstream.conf", upstreamConf(ports.upstream, join(folder, "upstream.pid")))],
    ports.upstream,
  );
  const bareConf = file(
    "bare.conf",
    bareNginxConf({ upstream: ports.upstream, subject: ports.nginx, pidFile: join(folder, "bare.pid") }),
  );
  const subjects: Record<string, { readonly process: Running; readonly port: number }> = {
    nginx: { process: await start(0, ["nginx", "-c", bareConf], ports.nginx), port: ports.nginx },
    portway: { process: await start(0, ["nginx", "-c", portway.conf], ports.portway), port: ports.portway },
    haproxy: {
      process: await start(
        0,
        ["haproxy", "-q", "-f", file("haproxy.cfg", haproxy(ports.haproxy, true))],
        ports.haproxy,
      ),
      port: ports.haproxy,
    },
    haproxy_limits: {
      process: await start(
        0,
        ["haproxy", "-q", "-f", file("haproxy-limits.cfg", haproxy(ports.haproxyLimits, false))],
        ports.haproxyLimits,
      ),
      port: ports.haproxyLimits,
    },
  };
  for (const peer of peers) {
    const port = await freePort();
    const options = { ...{ upstream: ports.upstream, subject: port, folder, issuer, audience }, jwks: signer.jwks };
    if (!(await isOnPath(peer.program))) {
      console.log(`# ${peer.program} is not on PATH: left out`);
      continue;
    }
    for (const [name, text] of Object.entries(peer.files(options))) file(name, text);
    const words = ["env", `HOME=${folder}`, peer.program, ...peer.words(options)];
    subjects[peer.program] = { process: await start(0, words, port), port };
    console.log(`# ${peer.program}: ${peer.does}`);
  }
  await portway.push(chainObjects(wholeChain, ports.upstream, signer.keys));

  const headers = ["Host: api.example.com", `Authorization: Bearer ${signer.token}`];
  const results: Record<string, Load[]> = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, { process: subject, port }] of Object.entries(subjects)) {
      const one = await load(1, `http://127.0.0.1:${port}/orders/1`, headers, round === 0 ? 1 : seconds, subject);
      if (round > 0) results[name]!.push(one); // the first round warms up
    }
  }
  for (const [name, loads] of Object.entries(results)) printLoads(name, loads);
  const over = (other: string) =>
    median(results["portway"]!.map((one, round) => one.requestsPerSecond / results[other]![round]!.requestsPerSecond));
  for (const { program } of peers) {
    if (program in subjects) console.log(`gateway_over_${program} ${over(program).toFixed(3)}`);
  }
  console.log(`gateway_over_haproxy_limits ${over("haproxy_limits").toFixed(3)}`);
  console.log(`gateway_over_nginx ${over("nginx").toFixed(3)}`);
  console.log(`gateway_over_haproxy ${over("haproxy").toFixed(3)}`);
} finally {
  await end();
}
