import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseAddress } from "./address.ts";
import {
  addressAt,
  canonicalPrefix,
  formatPrefix,
  hostPrefix,
  makePrefix,
  mergePrefixes,
  offsetIn,
  type Prefix,
  parsePrefix,
  parsePrefixOrAddress,
  prefixContains,
  prefixCovers,
  prefixesOverlap,
  prefixSize,
  smallestAround,
  subPrefix,
} from "./prefix.ts";

/** Prefixes close together, so that overlaps and nesting are frequent. */
const closePrefix: fc.Arbitrary<Prefix> = fc
  .tuple(fc.bigInt({ min: 0n, max: 255n }), fc.integer({ min: 24, max: 32 }), fc.boolean())
  .map(([low, length, ipv4]) =>
    ipv4
      ? makePrefix({ family: 4, value: 0x0a4d0000n + low }, length)
      : makePrefix({ family: 6, value: (0xfdn << 120n) + low }, length + 96),
  );
const anyPrefix: fc.Arbitrary<Prefix> = fc
  .tuple(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), fc.integer({ min: 0, max: 128 }), fc.boolean())
  .map(([value, length, ipv4]) =>
    ipv4 ? makePrefix({ family: 4, value: value >> 96n }, length % 33) : makePrefix({ family: 6, value }, length),
  );

function addressesOf(prefix: Prefix): string[] {
  return Array.from({ length: Number(prefixSize(prefix)) }, (_, offset) =>
    String(addressAt(prefix, BigInt(offset))!.value + (prefix.address.family === 4 ? 0n : 1n << 200n)),
  );
}

test("formatting and parsing a prefix gives the same prefix", () => {
  fc.assert(fc.property(anyPrefix, (prefix) => assert.deepEqual(parsePrefix(formatPrefix(prefix)), prefix)));
});

test("bits past the length are cleared, and nonsense is no prefix", () => {
  assert.equal(canonicalPrefix("10.77.3.4/16"), "10.77.0.0/16");
  assert.equal(canonicalPrefix("2001:DB8::1/32"), "2001:db8::/32");
  assert.equal(canonicalPrefix("10.0.0.1"), "10.0.0.1/32");
  assert.equal(hostPrefix("fd00::1"), "fd00::1/128");
  assert.equal(hostPrefix("fd00::1/128"), undefined);
  for (const text of ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/08", "/8", "10.0.0.0/8/8", "10.0.0.0/-1", "a/8"])
    assert.equal(parsePrefixOrAddress(text), undefined, text);
});

test("containment, cover and overlap agree with the sets of addresses", () => {
  fc.assert(
    fc.property(closePrefix, closePrefix, (a, b) => {
      const [inA, inB] = [new Set(addressesOf(a)), new Set(addressesOf(b))];
      assert.equal(
        prefixCovers(a, b),
        [...inB].every((one) => inA.has(one)),
      );
      assert.equal(
        prefixesOverlap(a, b),
        [...inB].some((one) => inA.has(one)),
      );
      assert.equal(prefixContains(a, b.address), inA.has(addressesOf(b)[0]!));
    }),
  );
});

test("an offset and the address at it name each other, and none lies outside", () => {
  fc.assert(
    fc.property(anyPrefix, fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (prefix, seed) => {
      const offset = seed % prefixSize(prefix);
      const address = addressAt(prefix, offset)!;
      assert.equal(offsetIn(prefix, address), offset);
      assert.ok(prefixContains(prefix, address));
      assert.equal(addressAt(prefix, prefixSize(prefix)), undefined);
      assert.equal(addressAt(prefix, -1n), undefined);
    }),
  );
});

test("merging keeps exactly the same addresses, sorted, none inside another", () => {
  fc.assert(
    fc.property(fc.array(closePrefix, { maxLength: 12 }), (prefixes) => {
      const merged = mergePrefixes(prefixes.map(formatPrefix));
      const kept = merged.map((text) => parsePrefix(text)!);
      assert.deepEqual(new Set(kept.flatMap(addressesOf)), new Set(prefixes.flatMap(addressesOf)));
      for (const a of kept) for (const b of kept) assert.ok(a === b || !prefixesOverlap(a, b));
      assert.deepEqual(mergePrefixes(merged.toReversed()), merged);
    }),
  );
});

test("sub-prefixes lie in their prefix, apart from each other", () => {
  const network = parsePrefix("fd12:3456:789a::/48")!;
  assert.equal(formatPrefix(subPrefix(network, 64, 0xffffn)!), "fd12:3456:789a:ffff::/64");
  assert.equal(subPrefix(network, 64, 0x10000n), undefined);
  assert.equal(subPrefix(network, 40, 0n), undefined);
  assert.ok(prefixContains(subPrefix(network, 64, 3n)!, parseAddress("fd12:3456:789a:3::9")!));
});

test("the smallest network around an address is the longest of those that hold it, whatever their order", () => {
  const networks = ["0.0.0.0/0", "10.77.1.0/24", "10.77.0.0/16", "::/0"].map((prefix) => ({ prefix }));
  for (const all of [networks, networks.toReversed()]) {
    assert.equal(smallestAround(all, "10.77.1.9")?.prefix, "10.77.1.0/24");
    assert.equal(smallestAround(all, "10.77.2.9")?.prefix, "10.77.0.0/16");
    assert.equal(smallestAround(all, "192.0.2.1")?.prefix, "0.0.0.0/0");
    assert.equal(smallestAround(all, "2001:db8::1")?.prefix, "::/0");
  }
  assert.equal(smallestAround(networks.slice(1, 3), "192.0.2.1"), undefined);
  const twins = [1, 2].map((id) => ({ prefix: "10.77.0.0/16", id }));
  assert.equal(smallestAround(twins, "10.77.0.1")?.id, 1);
});
