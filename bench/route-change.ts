// One route among many changes: how long until it is in force, and the longest turn of any worker's event loop meanwhile,
// beside that of quiet; then the service that all of them use changes, ten times.
// Usage: node bench/route-change.ts [changes] [routes] [workers]   (100 of 5,000 and 2 unless told)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Objects } from "../src/wire/objects.ts";
import { freePort } from "../test/lab/free-port.ts";
import { chainObjects, makeSigner } from "./chain.ts";
import { addProbe, type Turns } from "./loop-probe.ts";
import { preparePortway } from "./portway.ts";
import { median, startPinned } from "./rig.ts";
import { withOneChanged, withServiceChanged } from "./route-objects.ts";

const [changes = 100, routes = 5_000, workers = 2] = process.argv.slice(2).map(Number);
const changesPerSecond = 10;

const folder = mkdtempSync(join(tmpdir(), "portway-route-change-"));
const port = await freePort();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const { keys } = await makeSigner();
const portway = await preparePortway(folder, port, undefined, workers);
const longest = addProbe(portway.conf);
const nginx = await startPinned(0, ["nginx", "-c", portway.conf], port);
try {
  const base = chainObjects([], port, keys, routes);
  await portway.push(base);
  const measure = async (name: string, count: number, changed: (change: number) => Objects) => {
    const turns = { quiet: [] as Turns[], changing: [] as Turns[] };
    const times: number[] = [];
    await longest();
    for (let change = 1; change <= count; change++) {
      await sleep(1000 / changesPerSecond);
      turns.quiet.push(await longest());
      const objects = changed(change);
      const started = performance.now();
      await portway.push(objects);
      times.push(performance.now() - started);
      turns.changing.push(await longest());
    }
    figures(`${name}_in_force`, times);
    for (const [when, measured] of Object.entries(turns)) {
      figures(
        `${name}_longest_turn_${when}`,
        measured.map(({ busyMs }) => busyMs),
      );
      figures(
        `${name}_latest_wake_${when}`,
        measured.map(({ lateMs }) => lateMs),
      );
    }
  };
  await sleep(2000);
  await measure("one", changes, (change) => withOneChanged(base, routes, change));
  await measure("all", 10, (change) => withServiceChanged(base, change));
} finally {
  await nginx.stop();
  rmSync(folder, { recursive: true, force: true });
}

function figures(name: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(0.99 * sorted.length) - 1]!;
  console.log(
    `${name} median ${median(values).toFixed(2)} p99 ${p99.toFixed(2)} longest ${sorted.at(-1)!.toFixed(2)} ms`,
  );
}
