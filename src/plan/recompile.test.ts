import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import {
  all,
  hostNamed,
  hostOf,
  joined,
  routeOf,
  ruleOf,
  serviceOf,
  specOf,
  tagged,
  tcp,
} from "../../test/plan/spec.ts";
import { hostNames, type World, world } from "../../test/plan/world.ts";
import type { HostSpec, Role, Spec } from "../spec/types.ts";
import { compile } from "./compile.ts";
import type { Observed, ObservedHost } from "./observed.ts";
import { createCompiler } from "./recompile.ts";
import { phases, type Rotation } from "./rotation/run.ts";
import { lastOf } from "./steps.ts";

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
        asked: fc.subarray([...hostNames]),
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

/** One thing that becomes another. */
type Step = (before: World) => World;

/** A host as it is in another world: joined or gone, with other roles, tags, an endpoint or without. */
const aHost = fc.tuple(world, fc.constantFrom(...hostNames)).map(([other, name]) => withHost(other, name));

const written: fc.Arbitrary<Partial<HostSpec>> = fc.oneof(
  fc.integer({ min: 1, max: 3 }).map((last) => ({ endpoint: { host: `192.0.2.${last}`, port: 51820 } })),
  fc.subarray(["x", "y", "z"]).map((tags) => ({ tags })),
  fc.subarray<Role>(["edge", "relay"]).map((roles) => ({ roles })),
  fc.integer({ min: 1, max: 3 }).map((last) => ({ ports: { direct: 7000 + last, relay: 7010 + last } })),
  fc.integer({ min: 1, max: 5 }).map((last) => ({ address: `10.77.0.${last}` })),
  fc.constant({ ephemeral: true, graceMs: 1000 }),
  fc.constantFrom([true, true], [true, false], [false, true]).map(([ipv4, ipv6]) => {
    return { exit: { ipv4: ipv4!, ipv6: ipv6! } };
  }),
  fc.subarray([...hostNames], { minLength: 1 }).map((exits) => ({ tunnel: { exits } })),
);
const known: fc.Arbitrary<Partial<ObservedHost>> = fc.oneof(
  fc.boolean().map((stale) => ({ stale })),
  fc.boolean().map((joined) => ({ joined })),
  fc.subarray(["x", "y", "z"]).map((tags) => ({ tags })),
  fc
    .record({ pw0: fc.constantFrom("a", "b"), pwr: fc.constantFrom("c", "d"), pwr1: fc.constantFrom("e", "f") })
    .map((keys) => ({ keys })),
  fc.integer({ min: 1, max: 3 }).map((generation) => ({ generations: { pw0: generation, pwr: generation, pwr2: 2 } })),
  fc.integer({ min: 1, max: 3 }).map((removalsConfirmedAt) => ({ removalsConfirmedAt })),
  fc.constantFrom("10.77.9.1", "10.77.9.2").map((ipv4) => ({ ipv4 })),
);

const ofSpec =
  (change: (spec: Spec) => Partial<Spec>): Step =>
  ({ spec, observed }) => ({ spec: { ...spec, ...change(spec) }, observed });
const ofObserved =
  (change: (observed: Observed) => Partial<Observed>): Step =>
  ({ spec, observed }) => ({ spec, observed: { ...observed, ...change(observed) } });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: aHost },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...hostNames), written)
      .map(([name, change]) => ofSpec(({ hosts }) => ({ hosts: edited(hosts, name, change) }))),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...hostNames), known)
      .map(([name, change]) => ofObserved(({ hosts }) => ({ hosts: edited(hosts, name, change) }))),
  },
  { weight: 1, arbitrary: world.map(({ spec: { access } }) => ofSpec(() => ({ access }))) },
  {
    weight: 1,
    arbitrary: world.map(({ spec }) => ofSpec(({ access }) => ({ access: [...access, ...spec.access.slice(0, 1)] }))),
  },
  { weight: 1, arbitrary: fc.constant(ofSpec(({ access }) => ({ access: access.slice(1) }))) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 3 }).map((port) =>
      ofSpec(({ access: [first, ...rest] }) => ({
        access: first ? [{ ...first, allow: [tcp(port)] }, ...rest] : rest,
      })),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 2 })
      .map((untilMs) => ofSpec(({ access }) => ({ access: access.map((rule) => ({ ...rule, untilMs })) }))),
  },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 0, max: 3 }).map((index) =>
      ofSpec(({ access }) => ({
        access: access.map((rule, at) => (at === index ? { ...rule, toInternet: true } : rule)),
      })),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.option(rotation, { nil: undefined }).map(
      (drawn): Step =>
        (before) =>
          withRotation(before, drawn),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .subarray(["host-a", "gone"])
      .map((released) => ofObserved(() => ({ released, releasedBy: { gone: ["host-b"] } }))),
  },
  {
    weight: 2,
    arbitrary: fc
      .subarray([...hostNames])
      .map((names) => ofObserved(() => ({ drains: names.map((name) => ({ kind: "host", name, endMs: 1 })) }))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(10, 25)
      .map((keepaliveSeconds) => ofSpec(({ network }) => ({ network: { ...network, keepaliveSeconds } }))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(8080, 9090)
      .map((port) =>
        ofSpec(() => ({ services: { one: serviceOf({ targets: [tagged("x")], port }) }, routes: [routeOf("one")] })),
      ),
  },
);

const history: fc.Arbitrary<readonly World[]> = fc
  .tuple(world, fc.array(step, { maxLength: 12 }))
  .map(([first, steps]) => {
    const worlds = [first];
    for (const next of steps) worlds.push(next(worlds.at(-1)!));
    return worlds;
  });

function edited<T>(hosts: Readonly<Record<string, T>>, name: string, change: Partial<T>): Readonly<Record<string, T>> {
  return Object.hasOwn(hosts, name) ? { ...hosts, [name]: { ...hosts[name]!, ...change } } : hosts;
}

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
        for (const { spec, observed } of worlds)
          assert.deepEqual(compiler(spec, observed).compiled, compile(spec, observed));
      }),
      { numRuns: 200 },
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
    const { compiled: before } = compiler(specOf({ hosts, access }), joined(Object.keys(hosts)));
    const spec = specOf({ hosts: { ...hosts, a: hostOf({ tags: ["one"], reachable: true }) }, access });
    const { compiled: after } = compiler(spec, joined(Object.keys(hosts)));
    const same = Object.keys(hosts).filter((name) => after.hosts[name]!.mesh === before.hosts[name]!.mesh);
    assert.deepEqual(same.sort(), ["c", "d", "edge"]);
    const { compiled: again } = compiler(
      structuredClone(spec),
      structuredClone(joined(Object.keys(hosts)) as Observed),
    );
    for (const name of Object.keys(hosts)) assert.equal(again.hosts[name]!.mesh, after.hosts[name]!.mesh, name);
  });

  test("gives what it gave last when it is asked the same again", () => {
    const hosts = { a: hostOf({ reachable: true }), b: hostOf() };
    const spec = specOf({ hosts, access: [ruleOf(hostNamed("a"), all, tcp(80))] });
    const [compiler, observed] = [createCompiler(), joined(Object.keys(hosts)) as Observed];
    const first = compiler(spec, observed);
    assert.equal(compiler(spec, structuredClone(observed)), first);
    const more = { ...observed, drains: [{ kind: "host" as const, name: "b", endMs: 1 }] };
    assert.notEqual(compiler(spec, more), first);
    assert.deepEqual(compiler(spec, observed).compiled, compile(spec, observed));
  });

  test("tells everyone of a rule that is for everyone", () => {
    const hosts = { a: hostOf({ reachable: true }), b: hostOf(), c: hostOf() };
    const compiler = createCompiler();
    const observed = joined(Object.keys(hosts));
    compiler(specOf({ hosts, access: [ruleOf(hostNamed("a"), all, tcp(80))] }), observed);
    const spec = specOf({ hosts, access: [ruleOf(hostNamed("a"), all, tcp(81))] });
    assert.deepEqual(compiler(spec, observed).compiled, compile(spec, observed));
  });

  test("step by step gives the same, and compiles nothing else meanwhile", () => {
    const hosts = { a: hostOf({ reachable: true }), b: hostOf(), c: hostOf() };
    const [spec, observed] = [specOf({ hosts, access: [ruleOf(all, all, tcp(80))] }), joined(Object.keys(hosts))];
    const compiler = createCompiler();
    const steps = compiler.inSteps(spec, observed);
    steps.next();
    assert.throws(() => compiler(spec, observed), /compiled already/);
    assert.deepEqual(lastOf(steps).compiled, compile(spec, observed));
    assert.deepEqual(compiler(spec, observed).compiled, compile(spec, observed));
  });
});
