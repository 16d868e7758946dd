// `make bench-instructions`: user instructions a request: nginx as a bare proxy, then Portway with no plugin, each plugin
// alone, and the whole chain.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WhySettings } from "../src/wire/edge-state.ts";
import type { Objects } from "../src/wire/objects.ts";
import { freePort } from "../test/lab/free-port.ts";
import { instructionsPerRequest } from "./callgrind.ts";
import { type BenchPlugin, chainObjects, makeSigner, otherPlugins, wholeChain } from "./chain.ts";
import { bareNginxConf, upstreamConf } from "./peers/nginx.ts";
import { preparePortway } from "./portway.ts";
import { startPinned } from "./rig.ts";

const ports = { upstream: await freePort(), subject: await freePort() };
const folder = mkdtempSync(join(tmpdir(), "portway-instructions-"));
const signer = await makeSigner();

/** A key whose tokens may be valid: each request is looked at for one, and none has it. */
const debugKeys = [{ id: "0a", secret: "c2VjcmV0", untilMs: Date.now() + 3_600_000 }];
const debugKey: Objects = { "why/settings": JSON.stringify({ debugKeys } satisfies WhySettings) };

const perRequest = (conf: string, ready: () => Promise<void>): Promise<number> =>
  instructionsPerRequest({ folder, conf, port: ports.subject, token: signer.token, ready });

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
  const measure = async (name: string, plugins: readonly BenchPlugin[], more: Objects = {}) => {
    const objects = { ...chainObjects(plugins, ports.upstream, signer.keys), ...more };
    const count = await perRequest(oneProcess, () => portway.push(objects));
    console.log(`${name} ${count.toFixed(0)} instructions`);
    return count;
  };
  const routed = await measure("portway_route_only", []);
  const looked = await measure("portway_while_debug_tokens_last", [], debugKey);
  console.log(`look_for_debug_token ${(looked - routed).toFixed(0)} instructions`);
  for (const plugin of [...wholeChain, ...otherPlugins]) {
    const alone = await measure(`portway_with_${plugin}`, [plugin]);
    console.log(`plugin_${plugin} ${(alone - routed).toFixed(0)} instructions`);
  }
  const chain = await measure("portway_chain", wholeChain);
  console.log(`chain_over_nginx ${(chain / bare).toFixed(3)}`);
} finally {
  await upstream.stop();
  rmSync(folder, { recursive: true, force: true });
}
