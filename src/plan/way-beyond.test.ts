import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { networkOf } from "../../test/plan/packet.ts";
import { sendBeyond } from "../../test/plan/packet-beyond.ts";
import { hostNamed, hostOf, joined, ruleOf, specOf, tcp } from "../../test/plan/spec.ts";
import { allowance, world } from "../../test/plan/world.ts";
import { beyondAnswer } from "../spec/access-beyond.ts";
import type { AccessRule, HostSpec } from "../spec/types.ts";
import { compile } from "./compile.ts";
import { survey } from "./survey.ts";
import { type AskedBeyond, wayBeyond } from "./way-beyond.ts";

const hosts: Readonly<Record<string, HostSpec>> = {
  desk: hostOf({ tunnel: { exits: ["exit-1"], only: ["198.51.100.0/24"], except: ["198.51.100.128/25"] } }),
  "exit-1": hostOf({ reachable: true, exit: { ipv4: true, ipv6: false } }),
  laptop: hostOf({ tunnel: { exits: ["exit-1"] } }),
  "relay-1": hostOf({ reachable: true, roles: ["relay"] }),
  "router-1": hostOf({ routes: ["192.168.10.0/24"] }),
  "router-2": hostOf({ reachable: true, routes: ["192.168.10.0/24"] }),
};
const from = (name: string, parts: Partial<AccessRule>): AccessRule => ({
  ...ruleOf(hostNamed(name), hostNamed(name), tcp(443)),
  to: [],
  ...parts,
});
const access = [
  from("laptop", { toInternet: true }),
  from("desk", { toInternet: true }),
  from("laptop", { toPrefixes: ["192.168.10.0/24"] }),
  from("relay-1", { toInternet: true }),
];

function ask(
  name: string,
  address: string,
  parts: Partial<AskedBeyond> = {},
  present = Object.keys(hosts),
  isAlone = false,
): string[] {
  const spec = specOf({ hosts, access });
  const observed = joined(present);
  const { members } = survey(spec, observed);
  const host = members.find((one) => one.name === name)!;
  const asked: AskedBeyond = { from: host, address, members, protocol: "tcp", port: 443, ...parts };
  const steps = wayBeyond(spec, compile(spec, observed), asked);
  const isOpen = steps.every(({ ok }) => ok);
  if (isOpen && !isAlone) assert.ok(beyondAnswer(access, host, address, asked).allowed);
  return steps.map((one) => `${one.host} ${one.layer} ${one.ok ? "+" : "x"} ${one.text}`);
}

test("an address behind routers is reached through the one in use, as rules say", () => {
  const way = ask("laptop", "192.168.10.20", { through: () => "router-2" });
  assert.deepEqual(
    way.map((one) => one.split(" ").slice(0, 3).join(" ")),
    [
      "laptop rule +",
      "laptop route +",
      "laptop membership +",
      "router-2 membership +",
      "laptop route +",
      "laptop plane +",
      "router-2 firewall +",
    ],
  );
  assert.match(way[1]!, /192\.168\.10\.0\/24 through router-2; besides: router-1$/);
  assert.match(way.at(-1)!, /passes on tcp\/443 to 192\.168\.10\.20, and answers to it$/);
  assert.ok(
    ask("laptop", "192.168.10.20").some((one) => one.startsWith("relay-1 relay +")),
    "by a relay too",
  );
  assert.match(
    ask("laptop", "192.168.10.20", { port: 22 })[0]!,
    /rule x no rule allows tcp\/22 .*nearest is access\[2\]/,
  );
  assert.deepEqual(ask("router-1", "192.168.10.20"), [
    "router-1 route + routes 192.168.10.20 itself, without the network",
  ]);
});

test("an address of the internet is reached through an exit by who has a tunnel for it", () => {
  const open = (name: string, address: string) => ask(name, address).every((one) => / \+ /.test(one));
  assert.ok(open("laptop", "1.1.1.1"));
  assert.ok(open("desk", "198.51.100.7"));
  assert.match(ask("laptop", "1.1.1.1").at(-1)!, /^exit-1 firewall \+/);
  assert.match(ask("laptop", "2001:db8::1").at(-1)!, /route x no host that it can use leads to 2001:db8::1$/);
  assert.match(ask("desk", "198.51.100.200")[0]!, /rule x/, "it is excepted");
  assert.match(ask("desk", "1.1.1.1")[0]!, /rule x/, "it is not named");
  assert.match(ask("laptop", "10.9.9.9")[0]!, /rule x/, "it is no internet");
  assert.match(ask("relay-1", "1.1.1.1")[0]!, /rule x .*, and it goes through no exit$/);
});

test("an address in a network that the host has of its own is reached without anybody", () => {
  const own = (prefix: string) => ({ ownNetworks: [{ prefix, link: "eth0" }] });
  const text = "laptop route + has 192.168.10.0/24 of its own (eth0), without the network";
  assert.deepEqual(ask("laptop", "192.168.10.20", own("192.168.10.0/24"), undefined, true), [text]);
  assert.match(
    ask("laptop", "192.168.10.20", own("192.168.0.0/16"))[0]!,
    /rule \+/,
    "the longer route is the router's",
  );
  assert.match(ask("laptop", "10.9.9.9", own("10.9.0.0/16"), undefined, true)[0]!, /of its own/, "not by the tunnel");
});

test("who is missing on the way is named", () => {
  const without = (name: string) => Object.keys(hosts).filter((one) => one !== name);
  assert.match(ask("laptop", "1.1.1.1", {}, without("exit-1")).at(-1)!, /route x no host that it can use leads to/);
  assert.match(
    ask("laptop", "192.168.10.20", { through: () => "router-1" }, without("router-1")).at(-1)!,
    /not joined/,
  );
});

const floor = "192.168.10.0/24";

/** A random network in which hosts lead to a network behind them and to the internet, and others go there. */
const widerWorld = world.chain((one) => {
  const names = Object.keys(one.spec.hosts);
  const part = fc.oneof(
    fc.constant({}),
    fc.constant({ routes: [floor] }),
    fc.constantFrom([true, true], [true, false], [false, true]).map(([ipv4, ipv6]) => ({
      exit: { ipv4: ipv4!, ipv6: ipv6! },
    })),
    fc
      .record(
        { only: fc.constant(["198.51.100.0/24"]), except: fc.constant(["198.51.100.0/25"]) },
        { requiredKeys: [] },
      )
      .map((tunnel) => ({ tunnel })),
  );
  const beyond = fc.constantFrom({ toPrefixes: [floor] }, { toPrefixes: ["192.168.10.20/32"] }, { toInternet: true });
  const rules = fc.array(
    fc.record({
      from: fc.constantFrom(...[...names, "10"].map(hostNamed)),
      beyond,
      allow: fc.array(allowance, { minLength: 1 }),
    }),
    { minLength: 1, maxLength: 4 },
  );
  return fc.record({ parts: fc.tuple(...names.map(() => part)), rules }).map(({ parts, rules }) => {
    const exits = names.filter((_, index) => "exit" in parts[index]!).sort();
    const widened = names.map((name, index): [string, HostSpec] => {
      const { tunnel, ...rest } = parts[index] as Partial<HostSpec>;
      return [name, { ...one.spec.hosts[name]!, ...rest, ...(tunnel && { tunnel: { ...tunnel, exits } }) }];
    });
    const added = rules.map(({ from, beyond, allow }): AccessRule => ({ from: [from], to: [], ...beyond, allow }));
    return {
      observed: one.observed,
      spec: { ...one.spec, hosts: Object.fromEntries(widened), access: [...one.spec.access, ...added] },
    };
  });
});

test("the way is open exactly where a packet to an address that is no host's gets through, in 1,000 random networks", () => {
  const addresses = ["192.168.10.20", "192.168.10.99", "198.51.100.7", "198.51.100.200", "2001:db8::1", "10.9.9.9"];
  const opening = fc.constantFrom({ protocol: "tcp", port: 9 } as const, { protocol: "icmp" } as const);
  let [ways, open] = [0, 0];
  fc.assert(
    fc.property(widerWorld, opening, ({ spec, observed }, opening) => {
      const compiled = compile(spec, observed);
      const { members } = survey(spec, observed);
      const network = networkOf(compiled, observed);
      for (const from of members) {
        for (const address of addresses) {
          const steps = wayBeyond(spec, compiled, { from, address, members, ...opening });
          if (steps[0]!.text.endsWith("without the network")) continue;
          const source = address.includes(":") ? from.ipv6 : from.ipv4;
          const fate = sendBeyond(network, from.name, { source, destination: address, ...opening });
          const isOpen = steps.every(({ ok }) => ok);
          ways++;
          if (isOpen) open++;
          assert.equal("takenBy" in fate, isOpen, JSON.stringify({ from: from.name, address, opening, steps, fate }));
        }
      }
    }),
    { numRuns: 1_000 },
  );
  assert.ok(open > ways / 500, `${open} of ${ways}`);
});
