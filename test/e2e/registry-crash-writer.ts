// Writes to a registry as fast as it can until it is killed: each transaction writes one number under three keys, which is
// printed once it was acknowledged. A pipe that nobody reads any more ends it, too.
import { writeSync } from "node:fs";
import { systemClock } from "../../src/lib/clock.ts";
import { openRegistry } from "../../src/registry/open.ts";
import { absent, put, unchanged } from "../../src/registry/store.ts";

const print = (line: string) => writeSync(1, `${line}\n`);

print("opening");
const registry = await openRegistry(process.argv[2]!, { clock: systemClock });
for (;;) {
  const counter = await registry.get("counter");
  const number = Number(counter?.value ?? 0) + 1;
  const value = JSON.stringify({ number, padding: "x".repeat((number * 97) % 1_500) });
  const writes = [put(`a/${number}`, value), put(`b/${number}`, value), put("counter", String(number))];
  const result = await registry.transact([counter ? unchanged(counter) : absent("counter")], writes);
  if (!result.ok) throw new Error(`number ${number}: somebody else counts too`);
  print(String(number));
  if (number % 40 === 0) await registry.compact(0);
}
