import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { all, hostNamed, hostOf, joined, ruleOf, specOf, tagged, tcp } from "../../test/plan/spec.ts";
import { hostNames, type World, world } from "../../test/plan/world.ts";
import { compile } from "./compile.ts";
import type { Observed } from "./observed.ts";
import { createCompiler } from "./recompile.ts";
import { phases, type Rotation } from "./rotation/run.ts";

/** Steps of rotations of hosts, whatever a real run would allow. */
const rotation: fc.Arbitrary<Rotation> = fc.record({
  number: fc.integer({ min: 1, max: 2 }),
  active: fc.array(
    fc
      .record({
        host: fc.constantFrom(...hostNames),
        plane: fc.constantFrom("pw0", "pwr", "pwr1", "pwr2"),
        phase: fc.constantFrom(...phases),
        keyed: fc.subarray([...hostNames]),
      })
      .map(({ keyed, ...step }) => ({
        ...step,
        sinceMs: 0,
        from: 1,
        to: { generation: 2, publicKey: `new ${step.host}` },
        bypass: Object.fromEntries(keyed.map((name) => [name, `bypass ${name}`])),
        proofs: [],
        left: [],
      })),
    { maxLength: 2 },
  ),
});

/** One thing that becomes another: a host as it is in another world, all rules, a rotation, what was released. */
type Step = (before: World) => World;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(world, fc.constantFrom(...hostNames)).map(([other, name]) => withHost(other, name)),
  },
  {
    weight: 1,
    arbitrary: world.map(
      ({ spec: { access } }): Step =>
        ({ spec, observed }) => ({ spec: { ...spec, access }, observed }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.option(rotation, { nil: undefined }).map(
      (drawn): Step =>
        (before) =>
          withRotation(before, drawn),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.subarray(["host-a", "gone"]).map(
      (released): Step =>
        ({ spec, observed }) => ({ spec, observed: { ...observed, released } }),
    ),
  },
);

const history: fc.Arbitrary<readonly World[]> = fc
  .tuple(world, fc.array(step, { maxLength: 8 }))
  .map(([first, steps]) => {
    const worlds = [first];
    for (const next of steps) worlds.push(next(worlds.at(-1)!));
    return worlds;
  });

function withHost(other: World, name: string): Step {
  const taken = <T>(own: Readonly<Record<string, T>>, others: Readonly<Record<string, T>>) => {
    const { [name]: _, ...rest } = own;
    return Object.hasOwn(others, name) ? { ...rest, [name]: others[name]! } : rest;
  };
  return ({ spec, observed }) => ({
    spec: { ...spec, hosts: taken(spec.hosts, other.spec.hosts) },
    observed: { ...observed, hosts: taken(observed.hosts, other.observed.hosts) },
  });
}

function withRotation({ spec, observed }: World, drawn: Rotation | undefined): World {
  const { rotation: _, ...rest } = observed;
  return { spec, observed: { ...rest, ...(drawn && { rotation: drawn }) } };
}

suite("a compiler that remembers", () => {
  test("gives what compile gives, byte for byte, whatever came before", () => {
    fc.assert(
      fc.property(history, (worlds) => {
        const compiler = createCompiler();
        for (const { spec, observed } of worlds) assert.deepEqual(compiler(spec, observed), compile(spec, observed));
      }),
      { numRuns: 150 },
    );
  });

  test("keeps the very same objects for a host that a change does not concern", () => {
    const hosts = {
      relay: hostOf({ roles: ["relay"], reachable: true }),
      ...Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, hostOf({ tags: [name < "c" ? "one" : "two"] })])),
      edge: hostOf({ roles: ["edge"], reachable: true }),
    };
    const access = [ruleOf(tagged("one"), tagged("one"), tcp(80)), ruleOf(tagged("two"), tagged("two"), tcp(80))];
    const compiler = createCompiler();
    const before = compiler(specOf({ hosts, access }), joined(Object.keys(hosts)));
    const spec = specOf({ hosts: { ...hosts, a: hostOf({ tags: ["one"], reachable: true }) }, access });
    const after = compiler(spec, joined(Object.keys(hosts)));
    const same = Object.keys(hosts).filter((name) => after.hosts[name]!.mesh === before.hosts[name]!.mesh);
    assert.deepEqual(same.sort(), ["c", "d", "edge"]);
    const again = compiler(structuredClone(spec), structuredClone(joined(Object.keys(hosts)) as Observed));
    for (const name of Object.keys(hosts)) assert.equal(again.hosts[name]!.mesh, after.hosts[name]!.mesh, name);
  });

  test("tells everyone of a rule that is for everyone", () => {
    const hosts = { a: hostOf({ reachable: true }), b: hostOf(), c: hostOf() };
    const compiler = createCompiler();
    const observed = joined(Object.keys(hosts));
    compiler(specOf({ hosts, access: [ruleOf(hostNamed("a"), all, tcp(80))] }), observed);
    const spec = specOf({ hosts, access: [ruleOf(hostNamed("a"), all, tcp(81))] });
    assert.deepEqual(compiler(spec, observed), compile(spec, observed));
  });
});
