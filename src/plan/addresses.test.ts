import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hostOf, joinedHost, specOf } from "../../test/plan/spec.ts";
import { world } from "../../test/plan/world.ts";
import { parseAddress } from "../net/address.ts";
import { parsePrefix, prefixContains } from "../net/prefix.ts";
import type { HostSpec } from "../spec/types.ts";
import { planAddresses } from "./addresses.ts";
import { observedAfterApply } from "./after-apply.ts";
import { nothingObserved, type Observed } from "./observed.ts";

const hostsOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, hostOf()]));
const fixedAt = (address: string): HostSpec => hostOf({ address });
const observedAt = (addresses: Readonly<Record<string, string>>, joined = true): Observed => ({
  hosts: Object.fromEntries(
    Object.entries(addresses).map(([name, ipv4]) => [name, joinedHost(name, { ipv4, joined })]),
  ),
  released: [],
});
const ipv4Of = (hosts: Readonly<Record<string, HostSpec>>, observed: Observed, ipv4?: string) => {
  const { addresses } = planAddresses(specOf({ hosts, ...(ipv4 && { ipv4 }) }), observed);
  return Object.fromEntries([...addresses].map(([name, address]) => [name, address.ipv4]));
};

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,5}[a-z0-9]$/), { maxLength: 40 });

test("a derived address depends on the name alone, as long as no other host wants it", () => {
  fc.assert(
    fc.property(names, names, (some, others) => {
      const [alone, together] = [
        ipv4Of(hostsOf(some), nothingObserved, "10.0.0.0/8"),
        ipv4Of(hostsOf([...some, ...others]), nothingObserved, "10.0.0.0/8"),
      ];
      assert.ok(some.every((name) => alone[name] === together[name]));
    }),
    { numRuns: 50 },
  );
});

test("adding hosts never changes the address of one that has it, however crowded the range", () => {
  fc.assert(
    fc.property(names, names, (some, others) => {
      const first = specOf({ hosts: hostsOf(some), ipv4: "10.77.3.0/24" });
      const observed = observedAfterApply(null, first, nothingObserved);
      const second = specOf({ hosts: hostsOf([...some, ...others]), ipv4: "10.77.3.0/24" });
      const [before, after] = [planAddresses(first, observed).addresses, planAddresses(second, observed).addresses];
      for (const name of some) assert.deepEqual(after.get(name), before.get(name));
    }),
    { numRuns: 50 },
  );
});

test("addresses are distinct, in the range, and never a network's, a broadcast or a .0 address", () => {
  fc.assert(
    fc.property(names, fc.integer({ min: 20, max: 26 }), (some, length) => {
      const range = parsePrefix(`10.77.0.0/${length}`)!;
      const given = Object.values(ipv4Of(hostsOf(some), nothingObserved, `10.77.0.0/${length}`));
      assert.equal(new Set(given).size, some.length);
      const last = range.address.value + (1n << BigInt(32 - length)) - 1n;
      for (const text of given) {
        const address = parseAddress(text)!;
        assert.ok(prefixContains(range, address) && address.value !== last && !text.endsWith(".0"), text);
      }
    }),
    { numRuns: 50 },
  );
});

test("IPv6 addresses are distinct and in the network's first /64", () => {
  fc.assert(
    fc.property(world, ({ spec, observed }) => {
      const given = [...planAddresses(spec, observed).addresses.values()].map(({ ipv6 }) => ipv6);
      assert.equal(new Set(given).size, given.length);
      const subnet = parsePrefix(spec.network.ipv6.replace("/48", "/64"))!;
      for (const text of given) assert.ok(prefixContains(subnet, parseAddress(text)!), text);
    }),
    { numRuns: 100 },
  );
});

test("hosts whose names collide get neighbouring addresses, by name", () => {
  const range = "10.77.3.0/29"; // six addresses for six hosts: some collide
  const given = ipv4Of(hostsOf(["a1", "b1", "c1", "d1", "e1", "f1"]), nothingObserved, range);
  const expected = [1, 2, 3, 4, 5, 6].map((last) => `10.77.3.${last}`);
  assert.deepEqual(Object.values(given).sort(), expected);
});

test("address: of the file overrides the address that the host had", () => {
  const given = ipv4Of({ "db-1": fixedAt("10.77.0.10") }, observedAt({ "db-1": "10.77.9.9" }));
  assert.equal(given["db-1"], "10.77.0.10");
});

test("two hosts may swap their fixed addresses", () => {
  const hosts = { "db-1": fixedAt("10.77.0.2"), "db-2": fixedAt("10.77.0.1") };
  const given = ipv4Of(hosts, observedAt({ "db-1": "10.77.0.1", "db-2": "10.77.0.2" }));
  assert.deepEqual(given, { "db-1": "10.77.0.2", "db-2": "10.77.0.1" });
});

test("a derived address makes way for a fixed one", () => {
  const { "db-1": derived } = ipv4Of(hostsOf(["db-1"]), nothingObserved);
  const given = ipv4Of({ ...hostsOf(["db-1"]), "a-1": fixedAt(derived!) }, nothingObserved);
  assert.equal(given["a-1"], derived);
  assert.notEqual(given["db-1"], derived);
});

test("a fixed address that another member has held since before is refused, and said so", () => {
  const hosts = { ...hostsOf(["db-1"]), "a-1": fixedAt("10.77.0.10") };
  const plan = planAddresses(specOf({ hosts }), observedAt({ "db-1": "10.77.0.10" }));
  assert.deepEqual(plan.refused, ["a-1"]);
  assert.equal(plan.addresses.get("db-1")!.ipv4, "10.77.0.10");
  assert.notEqual(plan.addresses.get("a-1")!.ipv4, "10.77.0.10");
});

test("the address of a host that left is not derived for another, but the file may give it away", () => {
  const { "db-1": derived } = ipv4Of(hostsOf(["db-1"]), nothingObserved);
  const gone = observedAt({ old: derived! }, false);
  assert.notEqual(ipv4Of(hostsOf(["db-1"]), gone)["db-1"], derived);
  assert.equal(ipv4Of({ "db-1": fixedAt(derived!) }, gone)["db-1"], derived);
});

test("addresses outside the network's range are given anew", () => {
  const given = ipv4Of(hostsOf(["db-1"]), observedAt({ "db-1": "10.1.2.3" }));
  assert.match(given["db-1"]!, /^10\.77\./);
});

test("a host for which the range has no room has no address", () => {
  const plan = planAddresses(specOf({ hosts: hostsOf(["a1", "b1", "c1"]), ipv4: "10.77.3.0/30" }), nothingObserved);
  assert.deepEqual(plan.homeless, ["c1"]);
  assert.equal(plan.addresses.size, 2);
});
