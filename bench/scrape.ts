// `node bench/scrape.ts`: what counting and reading of 1,000 routes and 1,000 services does to a worker: how long its event
// loop is held while every series changes and is read each second, beside the same worker left alone.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Counted, countedAfter, countersPath, nothingCounted } from "../src/edge/gateway-counters.ts";
import { quantileOf, since } from "../src/edge/quantiles.ts";
import { request } from "../src/lib/http.ts";
import { freePort } from "../test/lab/free-port.ts";
import { chainObjects, makeSigner } from "./chain.ts";
import { upstreamConf } from "./peers/nginx.ts";
import { preparePortway } from "./portway.ts";
import { startPinned } from "./rig.ts";

const names = 1000;
const seconds = 10;
const ports = { upstream: await freePort(), subject: await freePort() };
const folder = mkdtempSync(join(tmpdir(), "portway-scrape-"));
const upstreamFile = join(folder, "upstream.conf");
writeFileSync(upstreamFile, upstreamConf(ports.upstream, join(folder, "upstream.pid")));
const upstream = await startPinned(1, ["nginx", "-c", upstreamFile], ports.upstream);
const portway = await preparePortway(folder, ports.subject);
// Real-time priority: what else runs on the machine does not hold it.
const subject = await startPinned(0, ["chrt", "-f", "10", "nginx", "-c", portway.conf], ports.subject);
const door = { socketPath: join(folder, "run", "nginx", "nginx.sock") };
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

function get(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { host: "api.example.com" };
    ask({ agent, port: ports.subject, host: "127.0.0.1", path, headers }, (incoming) => {
      incoming.resume().on("end", resolve);
    })
      .on("error", reject)
      .end();
  });
}

async function read(before: Counted): Promise<Counted> {
  return countedAfter(before, await request({ ...door, path: countersPath(before) }));
}

/** The worker's gaps in a stretch of time. */
async function measure(name: string, eachSecond: () => Promise<unknown>): Promise<void> {
  const gap = "portway_worker_gap_seconds|";
  const before = (await read(nothingCounted)).histograms[gap];
  for (let second = 0; second < seconds; second++) {
    await Promise.all([eachSecond(), new Promise((resolve) => setTimeout(resolve, 1000))]);
  }
  const gaps = since(before, (await read(nothingCounted)).histograms[gap]!);
  for (const quantile of [0.5, 0.95, 0.99, 1]) {
    console.log(`${name}_gap_${quantile === 1 ? "max" : `p${quantile * 100}`} ${quantileOf(gaps, quantile)} ms`);
  }
}

try {
  const base = chainObjects([], ports.upstream, (await makeSigner()).keys, names);
  const service = JSON.parse(base["service/orders"]!);
  const objects = { ...base };
  for (let number = 1; number < names; number++) {
    objects[`service/s${number}`] = JSON.stringify({ ...service, name: `s${number}` });
    const route = JSON.parse(base[`route/r${number}`]!);
    objects[`route/r${number}`] = JSON.stringify({ ...route, service: `s${number}` });
  }
  await portway.push(objects);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await measure("quiet", async () => {});
  const touch = () => Promise.all(Array.from({ length: names - 1 }, (_, index) => get(`/r${index + 1}/x`)));
  await measure("requests_alone", touch);
  let held = nothingCounted;
  const readAll = async () => {
    await touch();
    held = await read(held);
  };
  await measure("requests_and_reading_changes", readAll);
  let micros = 0;
  await measure("requests_and_reading_all", async () => {
    await touch();
    const started = performance.now();
    held = await read(nothingCounted);
    micros = (performance.now() - started) * 1000;
  });
  console.log(`series ${Object.keys(held.counters).length + Object.keys(held.histograms).length} series`);
  console.log(`reading_all_takes ${micros.toFixed(0)} µs`);
} finally {
  agent.destroy();
  await subject.stop();
  await upstream.stop();
  rmSync(folder, { recursive: true, force: true });
}
