// Random small networks for property tests: hosts of all kinds, rules of all kinds, some joined, some not.
import fc from "fast-check";
import type { Observed, ObservedHost } from "../../src/plan/observed.ts";
import type { AccessRule, Allowance, HostSpec, Role, Selector, Spec } from "../../src/spec/types.ts";
import { hostOf, joinedHost, specOf } from "./spec.ts";

export interface World {
  readonly spec: Spec;
  readonly observed: Observed;
}

/** `constructor` and `10` are valid names that trip careless use of records. */
export const hostNames = ["host-a", "host-b", "host-c", "host-d", "host-e", "host-f", "host-g", "constructor", "10"];
const tags = ["x", "y", "z"];

const selector: fc.Arbitrary<Selector> = fc.oneof(
  fc.constantFrom(...tags).map((name): Selector => ({ kind: "tag", name })),
  fc.constantFrom<Role>("edge", "relay").map((name): Selector => ({ kind: "role", name })),
  fc.constantFrom(...hostNames).map((name): Selector => ({ kind: "host", name })),
  fc.constant<Selector>({ kind: "all" }),
);

export const allowance: fc.Arbitrary<Allowance> = fc.oneof(
  fc.constantFrom<Allowance>({ protocol: "any" }, { protocol: "icmp" }, { protocol: "tcp" }, { protocol: "udp" }),
  fc
    .record({
      protocol: fc.constantFrom("tcp", "udp"),
      first: fc.integer({ min: 1, max: 20 }),
      size: fc.integer({ min: 0, max: 5 }),
    })
    .map(({ protocol, first, size }): Allowance => ({ protocol, ports: { first, last: first + size } })),
);

const selectors = fc.array(selector, { minLength: 1, maxLength: 2 });
const rule: fc.Arbitrary<AccessRule> = fc.record(
  {
    from: selectors,
    to: selectors,
    allow: fc.array(allowance, { minLength: 1, maxLength: 3 }),
    relay: fc.constant("never" as const),
  },
  { requiredKeys: ["from", "to", "allow"] },
);

interface Person {
  readonly written: HostSpec | undefined;
  readonly known: ObservedHost | undefined;
}

const mostly = fc.integer({ min: 0, max: 7 }).map((drawn) => drawn > 0);

function person(name: string): fc.Arbitrary<Person> {
  return fc
    .record({
      isWritten: mostly,
      isJoined: mostly,
      hasKeys: mostly,
      reachable: fc.boolean(),
      roles: fc.subarray<Role>(["edge", "relay"]),
      tags: fc.subarray(tags),
      tokenTags: fc.subarray(tags),
      lostPlane: fc.constantFrom("", "", "", "pwr", "pwr1", "pwr2"),
    })
    .map(({ isWritten, isJoined, hasKeys, reachable, roles, tags, tokenTags, lostPlane }) => {
      const { [lostPlane]: _, ...keys } = joinedHost(name).keys;
      return {
        written: isWritten ? hostOf({ reachable, roles, tags }) : undefined,
        known: isJoined ? joinedHost(name, { tags: tokenTags, keys: hasKeys ? keys : {} }) : undefined,
      };
    });
}

export const world: fc.Arbitrary<World> = fc
  .uniqueArray(fc.constantFrom(...hostNames), { minLength: 1 })
  .chain((chosen) =>
    fc.record({
      people: fc.tuple(...chosen.map((name) => person(name).map((one) => [name, one] as const))),
      access: fc.array(rule, { maxLength: 4 }),
    }),
  )
  .map(({ people, access }) => {
    const pick = <T>(part: (one: Person) => T | undefined) =>
      Object.fromEntries(people.flatMap(([name, one]) => (part(one) ? [[name, part(one)!]] : [])));
    return {
      spec: specOf({ hosts: pick((one) => one.written), access }),
      observed: { hosts: pick((one) => one.known), released: [] },
    };
  });
