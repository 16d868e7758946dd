// Runs such a day: so many events, with a look now and then whether everybody would come to hold what compile says.
import assert from "node:assert/strict";
import { createRandom } from "./random.ts";
import { createWorld } from "./world.ts";

export interface Day {
  readonly seed: number;
  readonly events: number;
  readonly hosts: number;
  readonly meanMs: number;
  readonly lookEvery: number;
  readonly onLook?: (events: number) => void;
}

/** Counts of what happened; a failure says how to have the same day again. */
export async function runDay(day: Day): Promise<Readonly<Record<string, number>>> {
  const { seed, events, hosts, meanMs, lookEvery } = day;
  const counts: Record<string, number> = {};
  let done = 0;
  try {
    const random = createRandom(seed);
    const world = await createWorld(random, hosts);
    while (done < events) {
      await world.pass(random.next() * 2 * meanMs);
      const name = await world.happen();
      counts[name] = (counts[name] ?? 0) + 1;
      done++;
      if (done % lookEvery !== 0 && done !== events) continue;
      await world.converge();
      const sizes = await world.sizes();
      assert.ok(sizes["machines"]! > hosts / 4, `only ${sizes["machines"]} of ${hosts} hosts are there`);
      for (const [what, size] of Object.entries(sizes)) assert.ok(size <= hosts, `${size} ${what} of ${hosts} hosts`);
      day.onLook?.(done);
    }
    await world.close();
    return counts;
  } catch (error) {
    const again = `node bench/scale/churn.ts ${seed} ${events} ${hosts}`;
    throw new Error(`after ${done} events of seed ${seed}: ${(error as Error).message}\n  to repeat: ${again}`, {
      cause: error,
    });
  }
}
