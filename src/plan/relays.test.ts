import assert from "node:assert/strict";
import { test } from "node:test";
import { all, hostOf, joined, ruleOf, specOf } from "../../test/plan/spec.ts";
import { survey } from "./survey.ts";
import { legTo, type Topology } from "./topology.ts";

function networkWith(relayCount: number): Topology {
  const relays = Array.from({ length: relayCount }, (_, index) => `relay-${index}`);
  const others = Array.from({ length: 12 }, (_, index) => `host-${index}`);
  const hosts = Object.fromEntries([
    ...relays.map((name) => [name, hostOf({ roles: ["relay"], reachable: true })] as const),
    ...others.map((name) => [name, hostOf()] as const),
  ]);
  return survey(specOf({ hosts, access: [ruleOf(all, all)] }), joined(Object.keys(hosts))).topology;
}

const relayNames = (topology: Topology, name: string) => {
  const member = topology.members.find((one) => one.name === name)!;
  return topology.legs.get(member)!.map(({ plane, relay }) => `${plane} ${relay.name}`);
};

test("up to three relays are everyone's, by name, but a relay is not its own spoke", () => {
  const topology = networkWith(3);
  assert.deepEqual(relayNames(topology, "host-5"), ["pwr1 relay-0", "pwr2 relay-1", "pwr3 relay-2"]);
  assert.deepEqual(relayNames(topology, "relay-1"), ["pwr1 relay-0", "pwr2 relay-2"]);
});

test("any two hosts share at least two relays where there are two besides them", () => {
  for (const count of [2, 3, 4, 5, 9]) {
    const topology = networkWith(count);
    for (const a of topology.members) {
      for (const b of topology.members) {
        if (a === b) continue;
        const third = topology.legs.get(a)!.filter(({ relay }) => relay !== b && legTo(topology, b, relay));
        const available = topology.members.filter((one) => one.roles.includes("relay") && one !== a && one !== b);
        assert.ok(third.length >= Math.min(2, available.length), `${a.name} and ${b.name} of ${count} relays`);
        assert.ok(topology.legs.get(a)!.length <= 3);
      }
    }
  }
});

test("with four relays each carries a part of the hosts", () => {
  const { spokes, members } = networkWith(4);
  for (const relay of members.filter(({ roles }) => roles.includes("relay"))) {
    const count = spokes.get(relay)!.size;
    assert.ok(count > 0 && count < members.length - 1, `${relay.name} has ${count} spokes`);
  }
});

test("a host without any pair keeps no relay warm", () => {
  const hosts = { relay: hostOf({ roles: ["relay"], reachable: true }), alone: hostOf() };
  const { topology } = survey(specOf({ hosts }), joined(Object.keys(hosts)));
  assert.deepEqual(relayNames(topology, "alone"), []);
});

test("a host whose only pair is the relay itself still has the second way to it", () => {
  const hosts = { relay: hostOf({ roles: ["relay"], reachable: true }), laptop: hostOf() };
  const { topology } = survey(specOf({ hosts, access: [ruleOf(all, all)] }), joined(Object.keys(hosts)));
  assert.deepEqual(relayNames(topology, "laptop"), ["pwr1 relay"]);
});
