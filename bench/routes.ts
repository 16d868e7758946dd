// What a request costs among 5, 500 and 5,000 routes of the same host: user instructions, which should be the same.
// Usage: node bench/routes.ts [few] [many]   (root, after `scripts/setup --with-bench`; 10,000 and 30,000 requests unless told)
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instructionsPerRequest } from "./callgrind.ts";
import { chainObjects, makeSigner } from "./chain.ts";
import { upstreamConf } from "./peers.ts";
import { preparePortway } from "./portway.ts";
import { freePort, startPinned } from "./rig.ts";

const [few = 10_000, many = 30_000] = process.argv.slice(2).map(Number);
const [least, ...more] = [5, 500, 5000] as const;
const port = await freePort();
const upstreamPort = await freePort();
const folder = mkdtempSync(join(tmpdir(), "portway-routes-"));
const { keys, token } = await makeSigner();

const upstreamFile = join(folder, "upstream.conf");
writeFileSync(upstreamFile, upstreamConf(upstreamPort, join(folder, "upstream.pid")));
const upstream = await startPinned(1, ["nginx", "-c", upstreamFile], upstreamPort);
try {
  const portway = await preparePortway(folder, port);
  const conf = join(folder, "one-process.conf");
  writeFileSync(conf, `master_process off;\n${readFileSync(portway.conf, "utf8")}`);
  const among = async (count: number) => {
    const ready = () => portway.push(chainObjects([], upstreamPort, keys, count));
    const instructions = await instructionsPerRequest({ folder, conf, port, token, requests: { few, many }, ready });
    console.log(`portway_${count}_routes ${instructions.toFixed(0)} instructions`);
    return instructions;
  };
  const first = await among(least);
  for (const count of more) console.log(`routes_${count}_over_${least} ${((await among(count)) / first).toFixed(3)}`);
} finally {
  await upstream.stop();
  rmSync(folder, { recursive: true, force: true });
}
