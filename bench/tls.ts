// TLS: processor time of nginx for a full handshake, for a resumed one, and for a request over HTTP/2, Portway beside bare
// nginx with the same certificate, alternating. The client's own handshakes cost as much as the server's, so that
// handshakes a second say more of the client: processor time is the figure. TLS 1.2, ECDSA P-256.
// Usage: node bench/tls.ts [rounds]   (5 unless told)
import { join } from "node:path";
import { connect } from "node:tls";
import { exec } from "../src/lib/exec.ts";
import { selfSigned } from "../src/lib/x509.ts";
import { freePort } from "../test/lab/free-port.ts";
import { chainObjects, makeSigner } from "./chain.ts";
import { bareNginxConf, upstreamConf } from "./peers/nginx.ts";
import { preparePortway } from "./portway.ts";
import { makeStand, median } from "./rig.ts";

const [rounds = 5] = process.argv.slice(2).map(Number);
const perRound = 1_000;
const name = "api.example.com";
const ports = {
  upstream: await freePort(),
  nginx: await freePort(),
  portway: await freePort(),
  plain: await freePort(),
};
const { folder, file, start, end } = makeStand("tls");
const nginxAt = (cpu: number, conf: string, port: number) => start(cpu, ["nginx", "-c", conf], port);

await exec("taskset", ["-cp", "1", String(process.pid)]); // the client of the handshakes is this process
try {
  const { certificatePem, keyPem } = await selfSigned([name]);
  const signer = await makeSigner();
  await nginxAt(1, file("upstream.conf", upstreamConf(ports.upstream, join(folder, "upstream.pid"))), ports.upstream);
  const portway = await preparePortway(folder, ports.plain, ports.portway);
  const bare = bareNginxConf({ upstream: ports.upstream, subject: ports.nginx, pidFile: join(folder, "bare.pid") })
    .replace(/listen (\S+) /, "listen $1 ssl http2 ")
    .replace(
      "location /",
      `ssl_certificate ${file("bare.pem", certificatePem)}; ssl_certificate_key ${file("bare.key", keyPem)};
    ssl_session_cache shared:tls:16m; ssl_session_tickets off;
    location /`,
    );
  const subjects = {
    nginx: { served: await nginxAt(0, file("bare.conf", bare), ports.nginx), port: ports.nginx },
    portway: { served: await nginxAt(0, portway.conf, ports.portway), port: ports.portway },
  };
  await portway.push({
    ...chainObjects([], ports.upstream, signer.keys),
    "certificate/bench": JSON.stringify({ names: [name], certificatePem, keyPem }),
  });
  const kinds = { full: handshakes(false), resumed: handshakes(true), http2: overHttp2 };
  const results: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [kind, run] of Object.entries(kinds)) {
      for (const [subject, { served, port }] of Object.entries(subjects)) {
        const before = served.cpuMicros();
        const count = await run(port);
        const each = (served.cpuMicros() - before) / count;
        if (round > 0) results[`${subject}_${kind}`] = [...(results[`${subject}_${kind}`] ?? []), each];
      }
    }
  }
  for (const [what, values] of Object.entries(results)) {
    const micros = median(values);
    console.log(`${what}_cpu ${micros.toFixed(1)} us`);
    console.log(`${what}_a_core ${(1_000_000 / micros).toFixed(0)} /s`);
  }
  for (const kind of Object.keys(kinds)) {
    const ratios = results[`portway_${kind}`]!.map((one, round) => one / results[`nginx_${kind}`]![round]!);
    console.log(`${kind}_cpu_over_nginx ${median(ratios).toFixed(3)}`);
  }
} finally {
  await end();
}

/** Connects anew so often, each time with the session of the time before or with none. */
function handshakes(isResumed: boolean): (port: number) => Promise<number> {
  return async (port) => {
    let session: Buffer | undefined;
    for (let i = 0; i < perRound; i++) {
      const next = await handshake(port, isResumed ? session : undefined, isResumed && i > 0);
      session ??= next;
    }
    return perRound;
  };
}

/** One; gives the session that the server offers for the next. */
function handshake(port: number, session: Buffer | undefined, mustResume: boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const trust = { rejectUnauthorized: false, maxVersion: "TLSv1.2" } as const; // its session comes with the handshake
    const socket = connect({ host: "127.0.0.1", port, servername: name, ...trust, ...(session && { session }) });
    socket.once("error", reject);
    socket.once("secureConnect", () => {
      if (mustResume && !socket.isSessionReused()) reject(new Error("the session was not resumed"));
      resolve(socket.getSession()!);
      socket.destroy();
    });
  });
}

async function overHttp2(port: number): Promise<number> {
  // Portway ends a connection after 1,000 requests, and h2load does not open another.
  const words = ["--npn-list=h2", "-n12800", "-c16", "-m8", "-t1", `--connect-to=127.0.0.1:${port}`];
  const url = `https://${name}:${port}/orders/1`;
  const { stdout } = await exec("taskset", ["-c", "1", "h2load", ...words, url], { timeoutMs: 112_800 });
  const good = Number(/(\d+) 2xx/.exec(stdout)?.[1] ?? 0);
  if (good !== 12_800) throw new Error(`h2load: ${stdout}`);
  return good;
}
