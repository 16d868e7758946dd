// What a request costs among 5 routes and among 5,000 of the same host: user instructions, which should be the same.
// Usage: node bench/routes.ts (root, after `scripts/setup --with-bench`)
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instructionsPerRequest } from "./callgrind.ts";
import { chainObjects, makeSigner } from "./chain.ts";
import { upstreamConf } from "./peers.ts";
import { preparePortway } from "./portway.ts";
import { freePort, startPinned } from "./rig.ts";

const routes = { few: 5, many: 5000 };
const requests = { few: 10_000, many: 30_000 };
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
    const instructions = await instructionsPerRequest({ folder, conf, port, token, requests, ready });
    console.log(`portway_${count}_routes ${instructions.toFixed(0)} instructions`);
    return instructions;
  };
  const few = await among(routes.few);
  const many = await among(routes.many);
  console.log(`routes_${routes.many}_over_${routes.few} ${(many / few).toFixed(3)}`);
} finally {
  await upstream.stop();
  rmSync(folder, { recursive: true, force: true });
}
