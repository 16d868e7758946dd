import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Fate, type Network, networkOf, send, sendByPlaneRoute } from "../../test/plan/packet.ts";
import { rotating } from "../../test/plan/rotating.ts";
import { hostOf, joined, ruleOf, specOf, tagged, tcp } from "../../test/plan/spec.ts";
import { type World, world } from "../../test/plan/world.ts";
import type { AccessRule, Selector } from "../spec/types.ts";
import { crossingsOf, type MeshState } from "../wire/mesh.ts";
import { planAddresses } from "./addresses.ts";
import { can } from "./allows.ts";
import { canonicalJson } from "./canonical-json.ts";
import { compile } from "./compile.ts";
import { type Member, membersOf } from "./members.ts";
import { peerNames } from "./peers.ts";
import { survey } from "./survey.ts";

interface Compiled {
  readonly world: World;
  readonly compiled: ReturnType<typeof compile>;
  readonly network: Network;
  readonly members: ReadonlyMap<string, Member>;
  /** Whether a rule of the file says so, found without the compiler. */
  readonly joins: (from: string, to: string) => readonly AccessRule[];
}

/** As it is, and while a key of it is replaced. */
function check(property: (it: Compiled) => void, numRuns = 300): void {
  for (const drawn of [world, rotating]) {
    fc.assert(
      fc.property(drawn, (one) => property(compiledWorld(one))),
      { numRuns },
    );
  }
}

function compiledWorld(drawn: World): Compiled {
  const { spec, observed } = drawn;
  const compiled = compile(spec, observed);
  const members = new Map(
    membersOf(spec, observed, planAddresses(spec, observed).addresses)
      .filter(({ joined, keys }) => joined && keys.pw0)
      .map((member) => [member.name, member]),
  );
  const names = (selector: Selector, name: string) => {
    const { tags, roles } = members.get(name)!;
    if (selector.kind === "tag") return tags.includes(selector.name);
    if (selector.kind === "role") return roles.includes(selector.name);
    return selector.kind === "all" || selector.name === name;
  };
  const joins = (from: string, to: string) =>
    spec.access.filter(
      (rule) => from !== to && rule.from.some((one) => names(one, from)) && rule.to.some((one) => names(one, to)),
    );
  return { world: drawn, compiled, network: networkOf(compiled, observed), members, joins };
}

function orderedPairs({ members }: Compiled): readonly (readonly [string, string])[] {
  const names = [...members.keys()];
  return names.flatMap((from) => names.filter((to) => to !== from).map((to) => [from, to] as const));
}

const isPair = ({ joins }: Compiled, a: string, b: string) => joins(a, b).length > 0 || joins(b, a).length > 0;
const canRelay = ({ roles, endpoint, keys }: Member) => roles.includes("relay") && endpoint && keys.pwr;
const relaysUsedBy = (state: MeshState) => state.planes.flatMap(({ relay }) => (relay === undefined ? [] : [relay]));

test("the same input gives the same bytes, in whatever order its keys were written", () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, reversed(inner)]),
    );
  };
  check(({ world: { spec, observed }, compiled }) => {
    const again = compile(reversed(spec) as typeof spec, reversed(observed) as typeof observed);
    assert.equal(JSON.stringify(again), JSON.stringify(compiled));
  });
});

test("every object is canonical JSON", () => {
  check(({ compiled }) => {
    for (const { mesh, edge } of Object.values(compiled.hosts)) {
      for (const text of Object.values({ ...mesh, ...edge })) assert.equal(canonicalJson(JSON.parse(text)), text);
    }
  });
});

test("can() says what the rules of the file say", () => {
  check((it) => {
    for (const [from, to] of orderedPairs(it)) {
      for (const flow of sampleFlows) {
        const allowed = it.joins(from, to).some(({ allow }) =>
          allow.some(({ protocol, ports }) => {
            if (protocol === "any") return true;
            return protocol === flow.protocol && (!ports || (flow.port >= ports.first && flow.port <= ports.last));
          }),
        );
        assert.equal(can(it.compiled, { from, to, ...flow }), allowed, `${from} ${to} ${JSON.stringify(flow)}`);
      }
    }
  });
});

test("packets get through on every path of a pair that carries them when can() says so, and on none otherwise", () => {
  check((it) => {
    for (const [from, to] of orderedPairs(it)) {
      const [a, b] = [it.network.states.get(from)!, it.network.states.get(to)!];
      const paths = a.pairs.find(({ host }) => host === to)?.paths ?? [];
      for (const { plane, probesOnly } of paths) {
        for (const flow of sampleFlows) {
          const expected = can(it.compiled, { from, to, ...flow }) && !probesOnly;
          for (const family of ["ipv4", "ipv6"] as const) {
            const fate = send(it.network, from, plane, {
              source: a.host[family],
              destination: b.host[family],
              ...flow,
            });
            assert.equal("takenBy" in fate && fate.takenBy === to, expected, JSON.stringify([from, to, plane, fate]));
          }
        }
      }
    }
  });
});

test("no plane of any host carries a packet to a host that no rule joins with it", () => {
  check((it) => {
    for (const [from, to] of orderedPairs(it)) {
      if (isPair(it, from, to)) continue;
      const [a, b] = [it.network.states.get(from)!, it.network.states.get(to)!];
      for (const { name } of a.planes) {
        const packet = { source: a.host.ipv4, destination: b.host.ipv4, protocol: "tcp", port: 5 } as const;
        assert.ok("dropped" in send(it.network, from, name, packet), `${from} reaches ${to} on ${name}`);
      }
    }
  });
});

test("a probe on any path is answered, and comes and goes on that path alone", () => {
  check((it) => {
    for (const [from, to] of orderedPairs(it)) {
      const a = it.network.states.get(from)!;
      for (const { plane, probeAddress } of a.pairs.find(({ host }) => host === to)?.paths ?? []) {
        const mine = a.planes.find(({ name }) => name === plane)!.probeAddress;
        const probe = { protocol: "udp", port: a.host.probePort } as const;
        const there = sendByPlaneRoute(it.network, from, { source: mine, destination: probeAddress, ...probe });
        const back = sendByPlaneRoute(it.network, to, { source: probeAddress, destination: mine, ...probe });
        const taken = (fate: Fate) => ("takenBy" in fate ? fate.takenBy : fate.dropped);
        assert.deepEqual([taken(there), taken(back)], [to, from], `${from} to ${to} on ${plane}`);
      }
    }
  });
});

test("every pair has a path when an end has an endpoint or a relay serves both", () => {
  check((it) => {
    const relays = [...it.members.values()].filter(canRelay);
    for (const [from, to] of orderedPairs(it)) {
      const pair = it.network.states.get(from)!.pairs.find(({ host }) => host === to);
      assert.equal(pair !== undefined, isPair(it, from, to));
      if (!pair) continue;
      const [a, b] = [it.members.get(from)!, it.members.get(to)!];
      const hasAllKeys = ({ keys }: Member) => keys.pwr1 && keys.pwr2 && keys.pwr3;
      const canMeet = relays.some((relay) => relay !== a && relay !== b) && hasAllKeys(a) && hasAllKeys(b);
      if (a.endpoint || b.endpoint || canMeet) assert.ok(pair.paths.length > 0, `${from} ${to}`);
    }
  });
});

test("a pair's paths lie on planes of their own that the host has, the direct one first if it needs not be found", () => {
  check(({ network, members }) => {
    for (const [name, { pairs, planes }] of network.states) {
      for (const { host, paths } of pairs) {
        const used = paths.map(({ plane }) => plane);
        assert.equal(new Set(used).size, used.length);
        assert.ok(used.every((plane) => planes.some(({ name }) => name === plane)));
        if (members.get(name)!.endpoint || members.get(host)!.endpoint) assert.equal(used[0], "pw0");
        else if (paths.length > 0) {
          const carrying = paths.filter(({ plane, probesOnly }) => plane !== "pwx" && !probesOnly);
          assert.equal(carrying.at(-1)!.plane, "pw0");
        }
      }
    }
  });
});

test("a pair that some rule keeps off relays is passed on by none, and finds its direct way by probes alone", () => {
  check((it) => {
    for (const [from, to] of orderedPairs(it)) {
      const isKept = [...it.joins(from, to), ...it.joins(to, from)].some(({ relay }) => relay === "never");
      const paths = it.network.states.get(from)!.pairs.find(({ host }) => host === to)?.paths ?? [];
      for (const { via, probesOnly = false } of paths) if (via !== undefined) assert.equal(probesOnly, isKept);
    }
  });
});

test("both ends of a pair name the same ways to each other", () => {
  check((it) => {
    for (const [from, to] of orderedPairs(it)) {
      const ways = (mine: string, other: string) => {
        const { planes, pairs } = it.network.states.get(mine)!;
        const probeOf = (plane: string) => planes.find(({ name }) => name === plane)!.probeAddress;
        const paths = pairs.find(({ host }) => host === other)?.paths ?? [];
        return paths.map(({ plane, probeAddress, via = "" }) => [probeOf(plane), probeAddress, via] as const);
      };
      const back = ways(to, from).map(([near, far, via]) => [far, near, via]);
      assert.deepEqual(ways(from, to).map(String).sort(), back.map(String).sort());
    }
  });
});

test("every allowed address is that of a pair's other end, or one that a relay plane cannot do without", () => {
  check((it) => {
    const owner = new Map<string, string>();
    for (const member of it.members.values()) {
      for (const address of [...Object.values(member.probes), member.ipv6]) owner.set(`${address}/128`, member.name);
      owner.set(`${member.ipv4}/32`, member.name);
    }
    for (const [name, { peers }] of it.network.states) {
      for (const peer of peers) {
        for (const prefix of [...peer.allowedIps, ...peer.planeRoutes]) {
          const whose = owner.get(prefix)!;
          if (peer.plane === "pw0" || peer.plane === "pwr") assert.equal(whose, peer.host);
          else assert.ok(whose === peer.host || isPair(it, name, whose), `${name} ${peer.plane} ${prefix}`);
          if (peer.plane === "pw0") assert.ok(isPair(it, name, whose));
        }
        assert.ok(peer.planeRoutes.every((prefix) => peer.allowedIps.includes(prefix)));
      }
    }
  });
});

test("an address belongs to one peer of a plane, and has one route", () => {
  check(({ network }) => {
    for (const { peers, pairs, planes } of network.states.values()) {
      for (const { name } of planes) {
        const allowed = peers.filter(({ plane }) => plane === name).flatMap(({ allowedIps }) => allowedIps);
        assert.equal(new Set(allowed).size, allowed.length);
      }
      const routed = [...peers.flatMap(({ planeRoutes }) => planeRoutes), ...pairs.flatMap(({ prefixes }) => prefixes)];
      assert.equal(new Set(routed).size, routed.length);
    }
  });
});

test("a host learns nothing of a host that no rule joins with it, unless one relays for the other", () => {
  check((it) => {
    for (const [name, stranger] of orderedPairs(it)) {
      const [mine, theirs] = [it.network.states.get(name)!, it.network.states.get(stranger)!];
      const relayed = relaysUsedBy(mine).includes(stranger) || relaysUsedBy(theirs).includes(name);
      if (isPair(it, name, stranger) || relayed) continue;
      const member = it.members.get(stranger)!;
      const told = JSON.stringify(it.compiled.hosts[name]!.mesh);
      const secrets = [...Object.values(member.probes), ...Object.values(member.keys), ...member.prefixes];
      for (const secret of secrets) assert.ok(!told.includes(secret), `${name} learns ${secret} of ${stranger}`);
      assert.ok(!told.includes(`\\"${stranger}\\"`), `${name} learns the name of ${stranger}`);
    }
  });
});

test("the plan counts the same peers in the topology as an agent's guard does in its state", () => {
  check(({ world: { spec, observed }, network }) => {
    const { topology } = survey(spec, observed);
    for (const member of topology.members) {
      const { peers, pairs } = network.states.get(member.name)!;
      const counted = new Set([...peers, ...pairs].map(({ host }) => host));
      assert.deepEqual(peerNames(member, topology), counted);
    }
  });
});

test("a relay forwards for pairs of rules that are its spokes, and for nobody else", () => {
  check((it) => {
    for (const [name, { forwards, peers }] of it.network.states) {
      for (const { a, b } of crossingsOf(forwards)) {
        assert.ok(a < b && isPair(it, a, b) && a !== name && b !== name);
        for (const end of [a, b]) assert.ok(peers.some(({ plane, host }) => plane === "pwr" && host === end));
      }
    }
  });
});

test("a host that has not joined is told nothing and known to nobody", () => {
  const { spec } = smallWorld();
  const compiled = compile(spec, joined(["edge-1", "api-1"]));
  assert.deepEqual(Object.keys(compiled.hosts), ["api-1", "edge-1"]);
  assert.ok(!JSON.stringify(compiled.hosts).includes("db-1"));
  assert.ok(compiled.addresses["db-1"]);
});

test("a host that joined by token without being in the file is a member with the token's tags", () => {
  const { spec, observed } = smallWorld();
  const guest = { ...observed.hosts["api-1"]!, tags: ["api"] };
  const compiled = compile(spec, { ...observed, hosts: { ...observed.hosts, guest } });
  assert.ok(can(compiled, { from: "guest", to: "db-1", protocol: "tcp", port: 5432 }));
  assert.ok(!can(compiled, { from: "guest", to: "db-1", protocol: "tcp", port: 5433 }));
});

test("released hosts are told to those that had them as peers", () => {
  const { spec, observed } = smallWorld();
  const released = (by: Readonly<Record<string, readonly string[]>>) => {
    const compiled = compile(spec, { ...observed, released: ["old-2", "old-1"], releasedBy: by });
    return networkOf(compiled, observed).states.get("db-1")!.host.released;
  };
  assert.deepEqual(released({}), ["old-1", "old-2"]);
  assert.deepEqual(released({ "old-1": ["edge-1"], "old-2": ["edge-1", "db-1"] }), ["old-2"]);
});

const sampleFlows = [
  { protocol: "tcp", port: 1 },
  { protocol: "tcp", port: 9 },
  { protocol: "tcp", port: 40 },
  { protocol: "udp", port: 9 },
  { protocol: "icmp", port: 0 },
] as const;

function smallWorld(): World {
  const hosts = {
    "edge-1": hostOf({ roles: ["edge", "relay"], reachable: true }),
    "api-1": hostOf({ tags: ["api"] }),
    "db-1": hostOf({ tags: ["db"] }),
  };
  return {
    spec: specOf({ hosts, access: [ruleOf(tagged("api"), tagged("db"), tcp(5432))] }),
    observed: joined(Object.keys(hosts)),
  };
}
