import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { runBoth } from "../../test/lua/both.ts";

/** The four or sixteen bytes of an address, one a character, as nginx has them. */
async function bytesOf(addresses: readonly string[]): Promise<string[]> {
  const calls = addresses.map((address) => ({
    module: "gateway.ip-ranges-parse",
    name: "addressBytes",
    args: [address],
  }));
  return (await runBoth(calls)).map((bytes) => (bytes === null ? "" : String.fromCharCode(...(bytes as number[]))));
}

async function held(prefixes: readonly string[], addresses: readonly string[]): Promise<unknown[]> {
  const raw = await bytesOf(addresses);
  const results = await runBoth([
    { module: "gateway.ip-ranges-parse", name: "ipRanges", args: [prefixes], as: "ranges" },
    ...raw.map((bytes) => ({ module: "gateway.ip-ranges", name: "holds", args: [{ $: "ranges" }, bytes] })),
  ]);
  return results.slice(1);
}

test("an address is held by the prefixes that contain it, first and last address included", async () => {
  const prefixes = [
    "0.0.0.0/32",
    "10.0.0.0/8",
    "192.168.1.128/25",
    "255.255.255.255/32",
    "2001:db8::/33",
    "fe80::1/128",
  ];
  const table: readonly (readonly [string, boolean])[] = [
    ["0.0.0.0", true],
    ["0.0.0.1", false],
    ["9.255.255.255", false],
    ["10.0.0.0", true],
    ["10.255.255.255", true],
    ["11.0.0.0", false],
    ["192.168.1.127", false],
    ["192.168.1.128", true],
    ["255.255.255.255", true],
    ["2001:db8::", true],
    ["2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", true],
    ["2001:db8:8000::", false],
    ["fe80::1", true],
    ["fe80::2", false],
    ["::", false],
    // IPv4 in IPv6, as a socket for both families tells it
    ["::ffff:a00:1", true],
    ["::ffff:b00:0", false],
  ];
  const answers = await held(
    prefixes,
    table.map(([address]) => address),
  );
  assert.deepEqual(
    table.map(([address], index) => [address, answers[index]]),
    table,
  );
});

test("/0 holds every address of its family and none of the other", async () => {
  assert.deepEqual(await held(["0.0.0.0/0"], ["1.2.3.4", "255.255.255.255", "2001:db8::1"]), [true, true, false]);
  assert.deepEqual(await held(["::/0"], ["::", "2001:db8::1", "1.2.3.4"]), [true, true, false]);
  assert.deepEqual(await held([], ["1.2.3.4", "::1"]), [false, false]);
});

test("texts that are no prefix are found out", async () => {
  const wrong = [
    "",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0/8",
    "10.0.0.256/32",
    "::/129",
    ":::/8",
    "1:2:3/16",
    "g::/16",
    "x",
  ];
  const calls = wrong.map((prefix) => ({ module: "gateway.ip-ranges-parse", name: "ipRanges", args: [[prefix]] }));
  assert.deepEqual(
    await runBoth(calls),
    wrong.map(() => null),
  );
});

test("random prefixes that do not overlap, random addresses: as Node's own block list says", async () => {
  const samples = fc.sample(
    fc.tuple(
      // not ::/16, in which Node finds every IPv4 address
      fc.uniqueArray(fc.integer({ min: 1, max: 0xffff }), { maxLength: 40 }),
      fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { minLength: 30, maxLength: 30 }),
    ),
    20,
  );
  for (const [blocks, addresses] of samples) {
    const list = new BlockList();
    const prefixes = blocks.flatMap((block) => {
      const [v4, v6] = [`${block >> 8}.${block & 255}.0.0`, `${block.toString(16)}::`];
      list.addSubnet(v4, 16, "ipv4");
      list.addSubnet(v6, 16, "ipv6");
      return [`${v4}/16`, `${v6}/16`];
    });
    const plain = addresses.filter((address) => !/\d\.\d.*:|:.*\d\.\d/.test(address));
    const all = [...plain, ...prefixes.map((prefix) => prefix.replace(/\/16$/, ""))];
    assert.deepEqual(
      await held(prefixes, all),
      all.map((address) => list.check(address, address.includes(":") ? "ipv6" : "ipv4")),
    );
  }
});
