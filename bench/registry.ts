// The registry on this machine's disk (or in the folder that is given): one "name value unit" line a figure.
//   durable_transactions     one after the other, each of 3 compares and 10 writes as an apply makes them
//   durable_puts             one after the other, a single small key
//   list_1000_keys           the time of one listing of 1,000 keys of 500 bytes, median
//   watch_latency_p50, _p99  from the call that commits to the watcher that has the batch, commit included
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/lib/clock.ts";
import { openRegistry } from "../src/registry/open.ts";
import { absent, put, type Registry, unchanged } from "../src/registry/store.ts";
import { quantile } from "./rig.ts";

const runMs = 3_000;
const value = JSON.stringify({ text: "x".repeat(480) });

const print = (name: string, figure: number, unit: string) => console.log(`${name} ${figure.toFixed(3)} ${unit}`);

/** How often `step` ran in a second. */
async function rate(step: (index: number) => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  let count = 0;
  while (performance.now() - begun < runMs) await step(count++);
  return (count / (performance.now() - begun)) * 1_000;
}

/** The times of `count` steps, ms. */
async function times(count: number, step: (index: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let index = 0; index < count; index++) {
    const begun = performance.now();
    await step(index);
    taken.push(performance.now() - begun);
  }
  return taken;
}

async function apply(registry: Registry, index: number): Promise<void> {
  const spec = await registry.get("spec/current");
  const audit = `audit/${String(index).padStart(10, "0")}`;
  const compares = [spec ? unchanged(spec) : absent("spec/current"), absent(audit), absent("lock")];
  const hosts = Array.from({ length: 8 }, (_, host) => put(`hosts/${(index * 8 + host) % 1_000}`, value));
  const result = await registry.transact(compares, [put("spec/current", value), put(audit, value), ...hosts]);
  if (!result.ok) throw new Error(`${result.failed.key} changed`);
}

async function watchLatency(registry: Registry): Promise<number[]> {
  const { revision } = await registry.list("watched/");
  const batches = registry.watch("watched/", revision)[Symbol.asyncIterator]();
  return times(2_000, async (index) => {
    const arrives = batches.next();
    void registry.transact([], [put("watched/key", String(index))]);
    await arrives;
  });
}

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "portway-bench-"));
const registry = await openRegistry(`sqlite:${folder}/registry.db`, { clock: systemClock });
try {
  print("durable_transactions", await rate((index) => apply(registry, index)), "1/s");
  print("durable_puts", await rate((index) => registry.transact([], [put("counter", String(index))])), "1/s");
  await registry.transact(
    [],
    Array.from({ length: 1_000 }, (_, index) => put(`listed/${index}`, value)),
  );
  print("list_1000_keys", quantile(await times(500, () => registry.list("listed/")), 0.5), "ms");
  const latency = await watchLatency(registry);
  print("watch_latency_p50", quantile(latency, 0.5), "ms");
  print("watch_latency_p99", quantile(latency, 0.99), "ms");
} finally {
  await registry.close();
  rmSync(folder, { recursive: true });
}
