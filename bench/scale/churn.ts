// A simulated day of churn (test/churn): control, SQLite and agents' parts by a clock of their own. Prints what happened, and
// ends with an error that says how to repeat it when somebody did not come to hold what compile says, or something leaked.
//   churn_events, churn_virtual_hours, churn_wall_s
//   churn_heap_growth_mb   live memory at the end beside that after a tenth of the events
// Usage: node --expose-gc bench/scale/churn.ts [SEED [EVENTS [HOSTS]]]   (a seed of the moment, 100000, 24)
import { runDay } from "../../test/churn/day.ts";

const dayMs = 24 * 3_600_000;
const [seed = Date.now() % 2 ** 31, events = 100_000, hosts = 24] = process.argv.slice(2).map(Number);
const startedAt = performance.now();
const heapMb = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
};
let early: number | undefined;
const lookEvery = Math.max(1, Math.floor(events / 20));
console.log(`seed ${seed}`);
const meanMs = dayMs / 100_000;
const counts = await runDay({
  ...{ seed, events, hosts, meanMs, lookEvery },
  onLook(done) {
    if (done >= events / 10) early ??= heapMb();
    console.log(`${done} events, ${((performance.now() - startedAt) / 1000).toFixed(0)} s, ${heapMb().toFixed(1)} MB`);
  },
});
for (const [name, count] of Object.entries(counts).sort()) console.log(`churn_${name} ${count} events`);
console.log(`churn_events ${events} events`);
console.log(`churn_virtual_hours ${((events * meanMs) / 3_600_000).toFixed(1)} h`);
console.log(`churn_wall_s ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
if (globalThis.gc) console.log(`churn_heap_growth_mb ${(heapMb() - (early ?? 0)).toFixed(1)} MB`);
