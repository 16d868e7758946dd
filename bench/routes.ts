// What a request costs among 5, 500 and 5,000 routes of the same host: user instructions, which should be the same. LuaJIT
// collects garbage once in tens of thousands of requests where there is much that stays: a run has it or has it not. So
// requests are counted without a collection, one collection is counted by itself, and a request has its share of it, by
// the garbage that it leaves: a collection comes when as much has gathered as stays. What LuaJIT has compiled by then differs
// between runs by some percent: medians of several rounds.
// Usage: node bench/routes.ts [few] [many] [rounds]
// (root, after `scripts/setup --with-bench`; 10,000 and 30,000 requests and 3 rounds unless told)
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "../src/lib/http.ts";
import { freePort } from "../test/lab/free-port.ts";
import { instructionsOf } from "./callgrind.ts";
import { chainObjects, makeSigner } from "./chain.ts";
import { upstreamConf } from "./peers/nginx.ts";
import { preparePortway } from "./portway.ts";
import { median, startPinned } from "./rig.ts";

const [few = 10_000, many = 30_000, rounds = 3] = process.argv.slice(2).map(Number);
const counts = [5, 500, 5000] as const;
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

  const among = async (routes: number) => {
    const memory = { startKb: 0, endKb: 0 };
    const ready = async () => {
      await portway.push(chainObjects([], upstreamPort, keys, routes));
      await ask("?collect=1");
      memory.startKb = await ask("?pause=1000&collect=1");
    };
    const run = (count: number, end: string) => {
      const done = async () => {
        memory.endKb = await ask(end);
      };
      return instructionsOf({ folder, conf, port, token, ready, count, done });
    };
    const shorter = await run(few, "");
    const collection = ((await run(few, `?collect=${collections}`)) - shorter) / collections;
    const alone = ((await run(many, "")) - shorter) / (many - few);
    const share = (collection * (memory.endKb - memory.startKb)) / memory.startKb / many;
    return { alone, share, memoryKb: memory.startKb };
  };

  const found = new Map(counts.map((routes) => [routes, [] as Awaited<ReturnType<typeof among>>[]]));
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
  await upstream.stop();
  rmSync(folder, { recursive: true, force: true });
}
