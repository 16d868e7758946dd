// `make bench-instructions`: user instructions a request, counted by valgrind's callgrind: nginx as a bare proxy, then
// Portway with no plugin, each plugin alone, and the whole chain. The difference of a run with 6,000 requests and one with
// 2,000 leaves start-up out; it repeats to about 1 % on a busy machine.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../src/lib/exec.ts";
import { type ChainPlugin, chainObjects, makeSigner, wholeChain } from "./chain.ts";
import { bareNginxConf, upstreamConf } from "./peers.ts";
import { preparePortway } from "./portway.ts";
import { freePort, startPinned } from "./rig.ts";

const counts = { few: 2000, many: 6000 };
const ports = { upstream: await freePort(), subject: await freePort() };
const folder = mkdtempSync(join(tmpdir(), "portway-instructions-"));
const signer = await makeSigner();

/** nginx under callgrind in one process; answers how many instructions it took to answer `requests`. */
async function collected(conf: string, requests: number, ready: () => Promise<void>): Promise<number> {
  const log = join(folder, "valgrind.log");
  const words = [
    "valgrind",
    "--tool=callgrind",
    "--smc-check=all",
    `--log-file=${log}`,
    `--callgrind-out-file=${join(folder, "out")}`,
  ];
  const nginx = await startPinned(0, [...words, "nginx", "-c", conf], ports.subject);
  try {
    await ready();
    const headers = ["-H", ":authority: api.example.com", "-H", `authorization: Bearer ${signer.token}`];
    const url = `http://127.0.0.1:${ports.subject}/orders/1`;
    const ran = await exec("h2load", ["--h1", `-n${requests}`, "-c8", "-t1", url, ...headers], { timeoutMs: 120_000 });
    const good = Number(/(\d+) 2xx/.exec(ran.stdout)?.[1] ?? 0);
    if (good !== requests) throw new Error(`${good} of ${requests} requests were answered with 2xx: ${ran.stdout}`);
  } finally {
    await nginx.stop();
  }
  return Number(/Collected : (\d+)/.exec(readFileSync(log, "utf8"))![1]);
}

async function perRequest(conf: string, ready: () => Promise<void>): Promise<number> {
  const few = await collected(conf, counts.few, ready);
  const many = await collected(conf, counts.many, ready);
  return (many - few) / (counts.many - counts.few);
}

const upstreamFile = join(folder, "upstream.conf");
writeFileSync(upstreamFile, upstreamConf(ports.upstream, join(folder, "upstream.pid")));
const upstream = await startPinned(1, ["nginx", "-c", upstreamFile], ports.upstream);
try {
  const bareFile = join(folder, "bare.conf");
  writeFileSync(bareFile, `master_process off;\n${bareNginxConf({ ...ports, pidFile: join(folder, "bare.pid") })}`);
  const bare = await perRequest(bareFile, async () => {});
  console.log(`nginx_bare ${bare.toFixed(0)} instructions`);

  const portway = await preparePortway(folder, ports.subject);
  const oneProcess = join(folder, "one-process.conf");
  writeFileSync(oneProcess, `master_process off;\n${readFileSync(portway.conf, "utf8")}`);
  const measure = async (name: string, plugins: readonly ChainPlugin[]) => {
    const count = await perRequest(oneProcess, () => portway.push(chainObjects(plugins, ports.upstream, signer.keys)));
    console.log(`${name} ${count.toFixed(0)} instructions`);
    return count;
  };
  const routed = await measure("portway_route_only", []);
  for (const plugin of wholeChain) {
    const alone = await measure(`portway_with_${plugin}`, [plugin]);
    console.log(`plugin_${plugin} ${(alone - routed).toFixed(0)} instructions`);
  }
  const chain = await measure("portway_chain", wholeChain);
  console.log(`chain_over_nginx ${(chain / bare).toFixed(3)}`);
} finally {
  await upstream.stop();
  rmSync(folder, { recursive: true, force: true });
}
