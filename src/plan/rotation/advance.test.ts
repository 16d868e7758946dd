import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { rotationWorld, type World } from "../../../test/plan/rotation-world.ts";
import { hostNamed, hostOf, ruleOf, specOf, tagged } from "../../../test/plan/spec.ts";

const homes = {
  "a-relay": hostOf({ roles: ["relay"], reachable: true }),
  "b-relay": hostOf({ roles: ["relay"], reachable: true }),
  edge: hostOf({ reachable: true }),
  "home-1": hostOf({ tags: ["home"] }),
  "home-2": hostOf({ tags: ["home"] }),
};

/** Two relays, an edge, two hosts behind NAT that talk to each other, and one that talks to the edge alone. */
const spec = specOf({
  hosts: { ...homes, lone: hostOf() },
  access: [
    ruleOf(hostNamed("edge"), tagged("home")),
    ruleOf(tagged("home"), tagged("home")),
    ruleOf(hostNamed("edge"), hostNamed("lone")),
    ruleOf(hostNamed("lone"), hostNamed("a-relay")),
  ],
});

/** One host that is edge and relay, and three at home behind NATs that no direct way leads through. */
const hubSpec = specOf({
  hosts: {
    hub: hostOf({ roles: ["edge", "relay"], reachable: true }),
    ...Object.fromEntries(["home-1", "home-2", "home-3"].map((name) => [name, hostOf({ tags: ["home"] })])),
  },
  access: [ruleOf(hostNamed("hub"), tagged("home")), ruleOf(tagged("home"), tagged("home"))],
});

function hubWorld(): World {
  const world = rotationWorld(hubSpec);
  const homes = world.names.filter((name) => name !== "hub");
  for (const a of homes) for (const b of homes) world.block(a, b, "pw0", true);
  for (const act of [world.probe, world.report]) for (const name of world.names) act(name);
  return world;
}

/** Two hosts at home whose packets no relay may carry, and two relays that see where they are. */
const punchedSpec = specOf({
  hosts: homes,
  access: [{ ...ruleOf(tagged("home"), tagged("home")), relay: "never" }, ruleOf(hostNamed("edge"), tagged("home"))],
});

const networks = [
  ["of several relays", () => rotationWorld(spec)],
  ["of one relay", hubWorld],
  ["of a pair that no relay may carry", () => rotationWorld(punchedSpec)],
] as const;

/** Everybody follows, probes and tells, then control looks. */
function round(world: World, ms = 1_000): void {
  for (const name of world.names) {
    world.deliver(name);
    world.probe(name);
    world.report(name);
  }
  world.look();
  world.pass(ms);
}

/** Rounds until the run is over. */
function settle(world: World, rounds = 1_000): void {
  for (const name of world.names) world.start(name);
  for (let count = 0; count < rounds && world.run().endedAtMs === undefined; count++) round(world);
  assert.ok(world.run().endedAtMs !== undefined, JSON.stringify(world.run()));
  round(world);
}

const noLoss = (world: World) => assert.deepEqual(world.lost(), [], JSON.stringify(world.run()));

type Act = readonly [kind: string, who: number, ms: number];
const faults = ["deliver", "probe", "report", "look", "crash", "start", "start", "control", "pass"];
const kinds = [...faults, ...Array(12).fill("round")] as readonly string[];
const act: fc.Arbitrary<Act> = fc.tuple(fc.constantFrom(...kinds), fc.nat(5), fc.integer({ min: 1, max: 20_000 }));

function perform(world: World, [kind, who, ms]: Act): void {
  const name = world.names[who % world.names.length]!;
  if (kind === "round") round(world);
  if (kind === "deliver") world.deliver(name);
  if (kind === "probe") world.probe(name);
  if (kind === "report") world.report(name);
  if (kind === "look") world.look();
  if (kind === "crash") world.crash(name);
  if (kind === "start") for (const one of world.names) world.start(one);
  if (kind === "control") world.restartControl();
  if (kind === "pass") world.pass(ms);
}

describe("a rotation", () => {
  for (const [what, worldOf] of networks) {
    test(`of everything renews every key in use, and no packet is lost at any moment: ${what}`, () => {
      const world = worldOf();
      for (let count = 0; count < 1_000 && world.run().endedAtMs === undefined; count++) {
        for (const name of world.names) {
          for (const act of [world.deliver, world.probe, world.report]) {
            act(name);
            noLoss(world);
          }
        }
        world.look();
        world.pass(300);
      }
      assert.deepEqual(world.run().failed, []);
      const planes = world.names.flatMap((name) => world.machine(name).mesh.planes.map((one) => `${name} ${one.name}`));
      assert.deepEqual(Object.keys(world.generations()).sort(), planes.sort());
      assert.ok(Object.values(world.generations()).every((generation) => generation === 2));
    });

    test(`loses no packet however messages, crashes and time-outs interleave, and ends: ${what}`, () => {
      let renewed = 0;
      fc.assert(
        fc.property(fc.array(act, { minLength: 100, maxLength: 200 }), (acts) => {
          const world = worldOf();
          for (const one of acts) {
            perform(world, one);
            noLoss(world);
          }
          renewed += world.run().renewed;
          settle(world);
          noLoss(world);
          assert.ok(
            world.names.every((name) => world.machine(name).mesh.planes.every((plane) => plane.name !== "pwx")),
          );
        }),
        { numRuns: 12, seed: 1 },
      );
      assert.ok(renewed > 20, `only ${renewed} keys were renewed meanwhile`);
    });

    test(`that is aborted at any moment goes back without a lost packet: ${what}`, () => {
      fc.assert(
        fc.property(fc.array(act, { minLength: 5, maxLength: 60 }), (acts) => {
          const world = worldOf();
          for (const one of acts) perform(world, one);
          world.abort();
          for (const one of acts) {
            perform(world, one);
            noLoss(world);
          }
          settle(world);
          noLoss(world);
        }),
        { numRuns: 20, seed: 2 },
      );
    });
  }

  test("leaves the bypass for a second after the last has moved back, also when the clock is set back meanwhile", () => {
    for (const ms of [1_000, -600_000]) {
      const world = rotationWorld(spec);
      const isIn = (phase: string) => world.run().active.some((step) => step.phase === phase);
      for (const name of world.names) world.start(name);
      for (let count = 0; count < 1_000 && !isIn("linger"); count++) round(world, 10);
      const { host } = world.run().active.find(({ phase }) => phase === "linger")!;
      const phaseNow = () => world.run().active.find((step) => step.host === host)?.phase;
      for (let count = 0; count < 5; count++) {
        world.pass(100);
        world.look();
      }
      assert.equal(phaseNow(), "linger");
      world.pass(ms);
      world.look();
      assert.notEqual(phaseNow(), "linger");
    }
  });

  test("goes back when a pair has no other proven path, and says which pair and why; the others are renewed", () => {
    const world = rotationWorld(spec);
    world.block("lone", "a-relay", "pwr1", true);
    world.block("lone", "b-relay", "pwr2", true);
    world.block("lone", "a-relay", "pwx", true);
    for (const name of world.names) world.probe(name);
    settle(world);
    noLoss(world);
    const failed = world.run().failed.filter(({ host }) => host === "lone");
    assert.equal(failed.length, 1);
    assert.deepEqual([failed[0]!.plane, failed[0]!.pair?.toSorted()], ["pw0", ["a-relay", "lone"]]);
    assert.match(
      failed[0]!.reason,
      /got no answer from .* by another path than pw0 \(the bypass goes to UDP port 51821 of a-relay: .* or another firewall of a-relay may drop it\) within 30 s/,
    );
    assert.equal(world.generations()["home-1 pw0"], 2);
    assert.equal(world.generations()["lone pw0"], undefined);
  });

  test("of a pair that no relay may carry tells which port the bypass is seen by, and keeps the key", () => {
    const world = rotationWorld(punchedSpec);
    world.block("home-1", "home-2", "pwx", true);
    settle(world);
    noLoss(world);
    const { failed } = world.run();
    assert.deepEqual(
      failed.map(({ host, plane }) => `${host} ${plane}`),
      ["home-1 pw0", "home-2 pw0"],
    );
    assert.match(failed[0]!.reason, /the bypass is seen by UDP port 51821 of a-relay and b-relay: a firewall/);
  });

  test("does not wait for a pair that no relay may carry and that never found a way: there is nothing to lose", () => {
    const world = rotationWorld(punchedSpec);
    for (const plane of ["pw0", "pwx"] as const) world.block("home-1", "home-2", plane, true);
    for (const act of [world.probe, world.report]) for (const name of world.names) act(name);
    settle(world);
    assert.deepEqual(world.run().failed, []);
    assert.equal(world.generations()["home-1 pw0"], 2);
  });

  test("goes back to the old key when a pair does not prove the new one", () => {
    const world = rotationWorld(spec);
    const isSwapped = () => world.run().active.some(({ host, phase }) => host === "home-1" && phase === "swap");
    while (!isSwapped()) round(world);
    world.block("edge", "home-1", "pw0", true);
    settle(world);
    noLoss(world);
    const failed = world.run().failed.find(({ host }) => host === "home-1");
    assert.match(failed!.reason, /got no answer from .* with the new key within 30 s/);
    assert.deepEqual(failed!.pair?.toSorted(), ["edge", "home-1"]);
    assert.equal(world.generations()["home-1 pw0"], undefined);
  });

  test("leaves planes to a relay with their old keys where its bypass is not reached, and says which port", () => {
    const world = hubWorld();
    world.block("home-2", "hub", "pwx", true);
    settle(world);
    noLoss(world);
    const { failed, renewed } = world.run();
    assert.deepEqual(failed.map(({ host, plane }) => `${host} ${plane}`).sort(), [
      ...["home-1 pwr1", "home-2 pwr1", "home-3 pwr1", "hub pwr"],
    ]);
    for (const { reason } of failed) assert.match(reason, /the bypass goes to UDP port 51821 of hub/);
    assert.equal(renewed, 4, "direct planes have another way");
  });

  test("leaves planes to a relay with their old keys where an agent cannot send everything by its bypass", () => {
    const world = hubWorld();
    world.agentOf("home-2", 7);
    for (const name of world.names) world.report(name);
    settle(world);
    noLoss(world);
    const { failed, renewed } = world.run();
    assert.deepEqual(failed.map(({ host, plane }) => `${host} ${plane}`).sort(), [
      ...["home-1 pwr1", "home-2 pwr1", "home-3 pwr1", "hub pwr"],
    ]);
    for (const { reason, pair } of failed) {
      assert.match(reason, /got no answer from .* by another path than pwr1? within 30 s/);
      assert.ok(pair?.includes("home-2"), "others have a bypass");
    }
    assert.equal(renewed, 4);
  });

  test("goes on with a step that an older control began, which did not write who needs a bypass", () => {
    const world = hubWorld();
    for (let count = 0; count < 1_000 && world.run().endedAtMs === undefined; count++) {
      world.forgetAsked();
      round(world, 300);
      noLoss(world);
    }
    const { failed, renewed } = world.run();
    assert.deepEqual([failed, renewed], [[], 8]);
  });

  test("waits for a host that is unreachable but whose tunnels live, and does it when it is back", () => {
    const world = rotationWorld(spec);
    world.crash("home-2");
    for (let count = 0; count < 600; count++) round(world);
    noLoss(world);
    assert.equal(world.run().endedAtMs, undefined);
    assert.ok(world.run().pending.some(({ host }) => host === "home-2"));
    assert.equal(world.generations()["lone pw0"], 2);
    settle(world);
    assert.equal(world.generations()["home-2 pw0"], 2);
  });

  test("never has both ends of a pair, or a relay and its spoke, at once", () => {
    const world = rotationWorld(spec);
    const neighbours = (name: string) => new Set(world.machine(name).mesh.peers.map(({ host }) => host));
    while (world.run().endedAtMs === undefined) {
      round(world);
      const hosts = world.run().active.map(({ host }) => host);
      for (const host of hosts) assert.ok(!hosts.some((other) => neighbours(host).has(other)), hosts.join());
    }
  });
});
