// What a request costs among 5, 500 and 5,000 routes of the same host: user instructions, which should be the same. One nginx has
// them in turn, so that it is the same compiled code. LuaJIT collects garbage once in tens of thousands of requests where there is much that
// stays: so requests are counted without a collection, collections by themselves, and a request has its share of one, by the
// garbage that it leaves: a collection comes when as much has gathered as stays.
// Usage: node bench/routes.ts [rounds] [requests]
// (root, after `scripts/setup --with-bench`; 3 rounds of 5,000 requests unless told)
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "../src/lib/http.ts";
import { freePort } from "../test/lab/free-port.ts";
import { startCounted } from "./callgrind.ts";
import { chainObjects, makeSigner } from "./chain.ts";
import { upstreamConf } from "./peers/nginx.ts";
import { preparePortway } from "./portway.ts";
import { median, startPinned } from "./rig.ts";

const [rounds = 3, requests = 5_000] = process.argv.slice(2).map(Number);
const counts = [5, 500, 5000] as const;
/** Before those that are counted, each time. */
const warmUp = 1_000;
const port = await freePort();
const upstreamPort = await freePort();
const folder = mkdtempSync(join(tmpdir(), "portway-routes-"));
const { keys, token } = await makeSigner();

/** One alone would drown in what two runs differ by anyway. */
const collections = 5;

/** The collector, at the edge's own door: how many KB there are, after what is asked. */
const collector = `location = /collector { content_by_lua_block {
  if ngx.var.arg_pause then collectgarbage("setpause", ngx.var.arg_pause) end
  for _ = 1, tonumber(ngx.var.arg_collect) or 0 do collectgarbage() end
  ngx.print(collectgarbage("count"))
} }`;

const upstreamFile = join(folder, "upstream.conf");
writeFileSync(upstreamFile, upstreamConf(upstreamPort, join(folder, "upstream.pid")));
const upstream = await startPinned(1, ["nginx", "-c", upstreamFile], upstreamPort);
try {
  const portway = await preparePortway(folder, port);
  const text = readFileSync(portway.conf, "utf8").replace("location = /state {", `${collector}\n$&`);
  const socketPath = /listen "?unix:([^";]+)/.exec(text)![1]!;
  const conf = join(folder, "one-process.conf");
  writeFileSync(conf, `master_process off;\n${text}`);
  const ask = async (query: string) =>
    Number((await request({ socketPath, path: `/collector${query}`, timeoutMs: 120_000 })).body);

  const nginx = await startCounted({ folder, conf, port, token });
  const among = async (routes: number) => {
    await portway.push(chainObjects([], upstreamPort, keys, routes));
    await ask("?collect=1");
    await nginx.ask(warmUp);
    const startKb = await ask("?pause=1000&collect=1");
    const alone = await nginx.perRequest(requests);
    const garbageKb = (await ask("")) - startKb;
    await nginx.instructions();
    await ask(`?collect=${collections}`);
    const collection = (await nginx.instructions()) / collections;
    await ask("?pause=200");
    return { alone, share: (collection * garbageKb) / startKb / requests, memoryKb: startKb };
  };

  try {
    const found = new Map(counts.map((routes) => [routes, [] as Awaited<ReturnType<typeof among>>[]]));
    await among(counts[0]); // it warms up
    for (let round = 0; round < rounds; round++) {
      for (const routes of counts) {
        const one = await among(routes);
        found.get(routes)!.push(one);
        console.log(`round ${round + 1}: ${routes} routes: ${one.alone.toFixed(0)} and ${one.share.toFixed(0)}`);
      }
    }
    const wholes = counts.map((routes) => {
      const runs = found.get(routes)!;
      const whole = median(runs.map(({ alone, share }) => alone + share));
      console.log(`portway_${routes}_routes ${whole.toFixed(0)} instructions`);
      console.log(
        `portway_${routes}_routes_collection ${median(runs.map(({ share }) => share)).toFixed(0)} instructions`,
      );
      console.log(`portway_${routes}_routes_memory ${median(runs.map(({ memoryKb }) => memoryKb)).toFixed(0)} KB`);
      return whole;
    });
    console.log(`routes_500_over_5 ${(wholes[1]! / wholes[0]!).toFixed(3)}`);
    console.log(`routes_5000_over_5 ${(wholes[2]! / wholes[0]!).toFixed(3)}`);
  } finally {
    await nginx.stop();
  }
} finally {
  await upstream.stop();
  rmSync(folder, { recursive: true, force: true });
}
