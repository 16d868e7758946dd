// What a compiler that remembers gives while bypasses are up, where what a host holds of a relay follows from third hosts.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hostNamed, hostOf, joinedHost, ruleOf, specOf, tagged, tcp } from "../../test/plan/spec.ts";
import type { PlaneName } from "../wire/mesh.ts";
import { compile } from "./compile.ts";
import type { Observed } from "./observed.ts";
import { createCompiler } from "./recompile.ts";
import { phases, type RotationStep } from "./rotation/run.ts";

const relays = ["relay-1", "relay-2", "relay-3"];
const homes = ["home-1", "home-2", "home-3", "far-1"];
const names = [...relays, ...homes];
const planes: readonly PlaneName[] = ["pw0", "pw0", "pw0", "pwr", "pwr1", "pwr2"];

const seldom = (count: number) => fc.integer({ min: 0, max: count }).map((drawn) => drawn === 0);
const host = fc.record({
  isGone: seldom(7),
  lacks: fc.constantFrom(undefined, undefined, undefined, "pwr", "pwr1", "pwr2"),
  isReachable: seldom(4),
});
const step = fc.record({
  host: fc.constantFrom(...names),
  plane: fc.constantFrom(...planes),
  phase: fc.constantFrom(...phases),
  keyed: fc.oneof({ weight: 3, arbitrary: fc.constant(names) }, { weight: 1, arbitrary: fc.subarray(names) }),
});
const drawn = fc.record({
  hosts: fc.record(Object.fromEntries(names.map((name) => [name, host]))),
  steps: fc.array(step, { maxLength: 2 }),
  /** Those that no relay may carry to homes. */
  unrelayed: fc.subarray(homes),
  drained: fc.subarray(relays),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer One> ? One : never;

/** One or two things that become those of another drawing. */
const change = fc
  .tuple(drawn, fc.subarray(["steps", "unrelayed", "drained", ...names], { minLength: 1, maxLength: 2 }))
  .map(([other, parts]) => (before: Drawn): Drawn => {
    const hosts = Object.entries(before.hosts).map(([name, one]) => [
      name,
      parts.includes(name) ? other.hosts[name]! : one,
    ]);
    const own = Object.fromEntries(Object.entries(other).filter(([key]) => parts.includes(key)));
    return { ...before, ...own, hosts: Object.fromEntries(hosts) };
  });

function stepOf({ keyed, ...own }: Drawn["steps"][number]): RotationStep {
  const bypass = Object.fromEntries(keyed.map((name) => [name, `bypass ${name}`]));
  const to = { generation: 2, publicKey: `new ${own.host} ${own.plane}` };
  return { ...own, bypass, to, asked: keyed, sinceMs: 0, from: 1, proofs: [], left: [] };
}

function networkOf({ hosts, steps, unrelayed, drained }: Drawn) {
  const written = names.map((name) => {
    const isRelay = relays.includes(name);
    const reachable = isRelay || hosts[name]!.isReachable;
    return [name, hostOf({ roles: isRelay ? ["relay"] : [], tags: [name.split("-")[0]!], reachable })] as const;
  });
  const spec = specOf({
    hosts: Object.fromEntries(written),
    access: [
      ...unrelayed.map((name) => ({ ...ruleOf(hostNamed(name), tagged("home")), relay: "never" as const })),
      ruleOf(tagged("home"), tagged("far"), tcp(80)),
    ],
  });
  const observed = names.map((name) => {
    const { isGone, lacks } = hosts[name]!;
    const keys = Object.entries(joinedHost(name).keys).filter(([plane]) => plane !== lacks);
    return [name, { ...joinedHost(name), joined: !isGone, keys: Object.fromEntries(keys) }] as const;
  });
  const all: Observed = {
    hosts: Object.fromEntries(observed),
    released: [],
    drains: drained.map((name) => ({ kind: "host" as const, name, endMs: 1 })),
    rotation: { number: 3, active: steps.map(stepOf) },
  };
  return { spec, observed: all };
}

test("while bypasses are up, what is compiled after changes is byte for byte what is compiled at once", () => {
  fc.assert(
    fc.property(drawn, fc.array(change, { maxLength: 8 }), (first, changes) => {
      const compiler = createCompiler();
      let now = first;
      for (const next of [(same: Drawn) => same, ...changes]) {
        now = next(now);
        const { spec, observed } = networkOf(now);
        assert.deepEqual(compiler(spec, observed).compiled, compile(spec, observed));
      }
    }),
    { numRuns: 400, seed: 5 },
  );
});
