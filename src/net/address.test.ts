import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { type Address, canonicalAddress, compareAddresses, formatAddress, parseAddress } from "./address.ts";

const anyAddress: fc.Arbitrary<Address> = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }).map((value): Address => ({ family: 4, value })),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value): Address => ({ family: 6, value })),
  fc
    .array(fc.constantFrom(0n, 0n, 1n, 0xdb8n), { minLength: 8, maxLength: 8 })
    .map(
      (groups): Address => ({ family: 6, value: groups.reduce<bigint>((value, group) => (value << 16n) | group, 0n) }),
    ),
);

test("formatting and parsing an address gives the same address", () => {
  fc.assert(fc.property(anyAddress, (address) => assert.deepEqual(parseAddress(formatAddress(address)), address)));
});

test("the canonical IPv6 text is the one the URL standard writes", () => {
  fc.assert(
    fc.property(
      anyAddress.filter((address) => address.family === 6 && address.value >> 32n !== 0xffffn),
      (address) => assert.equal(new URL(`http://[${formatAddress(address)}]/`).hostname, `[${formatAddress(address)}]`),
    ),
  );
});

test("an accepted text is an address for Node too, and the reverse", () => {
  const alphabet = fc.constantFrom("0", "1", "9", "a", "F", ":", "::", ".", "255", "256", "1.2.3.4");
  const texts = fc.oneof(
    fc.array(alphabet, { maxLength: 12 }).map((parts) => parts.join("")),
    fc.ipV4(),
    fc.ipV6(),
  );
  fc.assert(
    fc.property(texts, (text) => assert.equal(parseAddress(text)?.family ?? 0, isIP(text), text)),
    { numRuns: 3000 },
  );
});

test("canonical text follows RFC 5952", () => {
  const cases: Record<string, string | undefined> = {
    "10.077.0.1": undefined,
    "10.77.0.1": "10.77.0.1",
    "2001:DB8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
    "0:0:0:0:0:0:0:0": "::",
    "::ffff:0a00:1": "::ffff:10.0.0.1",
    "64:ff9b::192.0.2.33": "64:ff9b::c000:221",
    "fe80::1%eth0": undefined,
    "1.2.3.4::": undefined,
    "": undefined,
  };
  for (const [text, canonical] of Object.entries(cases)) assert.equal(canonicalAddress(text), canonical, text);
});

test("IPv4 sorts before IPv6, then by value", () => {
  const sorted = ["::1", "10.0.0.2", "9.0.0.1"].map((text) => parseAddress(text)!).sort(compareAddresses);
  assert.deepEqual(sorted.map(formatAddress), ["9.0.0.1", "10.0.0.2", "::1"]);
});
