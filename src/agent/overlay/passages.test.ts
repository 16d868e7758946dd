import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { crossingsOf, type ForwardObject } from "../../wire/mesh.ts";
import { passagesOf } from "./passages.ts";

const spokeAt = (index: number, pairs: readonly string[], probesOnly: readonly string[]): ForwardObject => ({
  host: `host-${index}`,
  prefixes: [`10.0.0.${index}/32`, `fd00::${index}/128`],
  probe: `fd00:1::${index}/128`,
  ...{ pairs, probesOnly },
});
const most = 8;
const names = Array.from({ length: most }, (_, index) => `host-${index}`);

/** Each pair is told once, at the end that comes first; some name a spoke that is not there. */
const forwards = fc
  .array(
    fc.record({ kinds: fc.array(fc.constantFrom("none", "pair", "probes"), { minLength: most, maxLength: most }) }),
    {
      maxLength: most - 1,
    },
  )
  .map((spokes) =>
    spokes.map(({ kinds }, index) => {
      const ofKind = (kind: string) => names.filter((_, other) => other > index && kinds[other] === kind);
      return spokeAt(index, ofKind("pair"), ofKind("probes"));
    }),
  );

test("what passes is what crosses, in both directions, and nothing else", () => {
  fc.assert(
    fc.property(forwards, (spokes) => {
      const ownerOf = new Map(
        spokes.flatMap(({ host, prefixes, probe }) => [...prefixes, probe].map((one) => [one, host])),
      );
      const crossing = new Set<string>();
      for (const { aPrefixes, bPrefixes } of crossingsOf(spokes)) {
        for (const a of aPrefixes) for (const b of bPrefixes) crossing.add(`${a} ${b}`).add(`${b} ${a}`);
      }
      const passing = passagesOf(spokes).flatMap(({ from, to }) => from.flatMap((a) => to.map((b) => [a, b] as const)));
      const others = passing.filter(([a, b]) => ownerOf.get(a) !== ownerOf.get(b)).map(([a, b]) => `${a} ${b}`);
      assert.deepEqual(others.sort(), [...crossing].sort());
    }),
  );
});

test("probes cross on the bypass too, under the same rules, and packets go where they went", () => {
  const spokes = [spokeAt(1, ["host-2"], []), spokeAt(2, [], ["host-3"]), spokeAt(3, [], [])];
  const bypassed = spokes.map((spoke, index) =>
    index < 2 ? { ...spoke, bypassProbe: `fd00:2::${index + 1}/128` } : spoke,
  );
  const leads = (of: readonly ForwardObject[], from: string, to: string) =>
    passagesOf(of).some((one) => one.from.includes(from) && one.to.includes(to));
  assert.ok(leads(bypassed, "fd00:2::1/128", "fd00:2::2/128") && leads(bypassed, "fd00:2::2/128", "fd00:2::1/128"));
  assert.ok(!leads(bypassed, "fd00:2::1/128", "fd00:1::3/128"));
  assert.ok(leads(bypassed, "fd00:2::2/128", "fd00:1::3/128"));
  assert.equal(passagesOf(bypassed).length, passagesOf(spokes).length, "no chain comes or goes");
});

test("hosts in groups are as many lists as there are groups", () => {
  const [groups, each] = [4, 50];
  const nameAt = (group: number, index: number) => `host-${group}-${String(index).padStart(2, "0")}`;
  const spokes = Array.from({ length: groups * each }, (_, at): ForwardObject => {
    const [group, index] = [Math.floor(at / each), at % each];
    const pairs = Array.from({ length: each - index - 1 }, (_, after) => nameAt(group, index + 1 + after));
    return { ...spokeAt(at, pairs, []), host: nameAt(group, index) };
  });
  const passages = passagesOf(spokes);
  assert.equal(passages.length, groups);
  assert.deepEqual(new Set(passages.map(({ from, to }) => `${from.length} ${to.length}`)), new Set(["150 150"]));
});
