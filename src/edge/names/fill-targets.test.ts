import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatAddress } from "../../net/address.ts";
import { addressAt, parsePrefix } from "../../net/prefix.ts";
import type { ServiceObject } from "../../wire/edge-service.ts";
import { withAddresses } from "./fill-targets.ts";
import { refusal } from "./guard.ts";
import { isOwn } from "./own.ts";

const network = ["10.77.0.0/16", "fd12:3456:789a::/48"];
const service = {
  name: "orders",
  targets: [{ name: "http://192.0.2.9:80", address: "192.0.2.9", port: 80 }],
  lookup: {
    names: [{ url: "http://api.test:8080", name: "api.test", port: 8080, weight: 3, token: "t".repeat(22) }],
    network,
    allow: [] as readonly string[],
  },
};

function filled(found: readonly string[] | undefined, previous?: string, changes: Partial<typeof service.lookup> = {}) {
  const text = JSON.stringify({ ...service, lookup: { ...service.lookup, ...changes } });
  const made = withAddresses(text, previous, {
    addressesOf: () => found,
    isOwn: (address) => address === "198.51.100.1",
  });
  const { targets, ...rest } = JSON.parse(made.text) as ServiceObject;
  return {
    ...made,
    rest,
    targets,
    addresses: targets.map(({ address }) => address),
    warned: made.warnings.map(({ code, text }) => `${code}: ${text}`),
  };
}

describe("a name's addresses", () => {
  test("are targets beside the others, each with a token of its own and the name as its Host", () => {
    const { targets, rest, warned } = filled(["192.0.2.1", "2001:db8::1"]);
    assert.deepEqual(
      targets.map(({ name, address, port, weight, host }) => ({ name, address, port, weight, host })),
      [
        { name: "http://192.0.2.9:80", address: "192.0.2.9", port: 80, weight: undefined, host: undefined },
        { name: "http://api.test:8080#192.0.2.1", address: "192.0.2.1", port: 8080, weight: 3, host: "api.test:8080" },
        {
          name: "http://api.test:8080#2001:db8::1",
          address: "2001:db8::1",
          port: 8080,
          weight: 3,
          host: "api.test:8080",
        },
      ],
    );
    const tokens = targets.flatMap(({ token }) => token ?? []);
    assert.equal(new Set(tokens).size, 2);
    assert.ok(tokens.every((token) => /^[\w-]{22}$/.test(token) && token !== service.lookup.names[0]!.token));
    assert.deepEqual([rest, warned], [{ name: "orders" }, []]);
  });

  test("are those in force while nothing is known of it", () => {
    const before = filled(["192.0.2.1"]);
    assert.equal(filled(undefined, before.text).text, before.text);
    assert.deepEqual(filled(undefined).addresses, ["192.0.2.9"]);
  });

  test("are left out, with a warning, where they are the edge host's or the network's own", () => {
    const { addresses, warned } = filled(["10.77.3.4", "192.0.2.1"]);
    assert.deepEqual(addresses, ["192.0.2.9", "192.0.2.1"]);
    assert.deepEqual(warned, [
      "nameRefused: The name api.test leads to 10.77.3.4, which is in the network's own range: the service orders does not use it.",
    ]);
    assert.deepEqual(filled(["10.77.3.4"], undefined, { allow: ["10.77.3.0/24"] }).addresses, [
      "192.0.2.9",
      "10.77.3.4",
    ]);
  });

  test("that are all refused leave those in force", () => {
    const before = filled(["192.0.2.1"]).text;
    assert.deepEqual(filled(["127.0.0.1"], before).addresses, ["192.0.2.9", "192.0.2.1"]);
    assert.deepEqual(filled(["127.0.0.1"]).addresses, ["192.0.2.9"]);
  });

  test("may be loopback where the name is localhost", () => {
    const names = [{ ...service.lookup.names[0]!, name: "app.localhost" }];
    assert.deepEqual(filled(["127.0.0.1"], undefined, { names }).addresses, ["192.0.2.9", "127.0.0.1"]);
    assert.deepEqual(filled(["10.77.0.1"], undefined, { names }).addresses, ["192.0.2.9"]);
  });

  test("change nothing of a service that has no names", () => {
    const text = JSON.stringify({ ...service, lookup: undefined });
    assert.deepEqual(withAddresses(text, undefined, { addressesOf: () => assert.fail(), isOwn: () => assert.fail() }), {
      text,
      warnings: [],
    });
  });
});

test("an address of the edge host itself is not used, unless it is allowed", () => {
  const { addresses, warned } = filled(["198.51.100.1", "192.0.2.1"]);
  assert.deepEqual(addresses, ["192.0.2.9", "192.0.2.1"]);
  assert.match(warned[0]!, /^nameRefused: The name api\.test leads to 198\.51\.100\.1, which is the edge host itself/);
  assert.equal(filled(["198.51.100.1"], undefined, { allow: ["198.51.100.0/24"] }).warned.length, 0);
  const own = Object.values(networkInterfaces()).flatMap((links = []) => links.map(({ address }) => address));
  assert.deepEqual([own.every(isOwn), isOwn("224.0.0.1")], [true, false]);
});

test("no address of loopback, a link, the network, or many hosts is used unless it is allowed; others are", () => {
  const refused = [
    "127.0.0.0/8",
    "::1/128",
    "0.0.0.0/8",
    "169.254.0.0/16",
    "224.0.0.0/4",
    "fe80::/10",
    "ff00::/8",
    "::ffff:0:0/96",
    ...network,
  ];
  const used = ["192.0.2.0/24", "10.0.0.0/16", "192.168.0.0/16", "100.64.0.0/10", "2001:db8::/32", "fd99::/16"];
  const inside = (ranges: readonly string[]) =>
    fc.tuple(fc.constantFrom(...ranges), fc.bigInt({ min: 0n, max: 2n ** 128n })).map(([range, offset]) => {
      const prefix = parsePrefix(range)!;
      const bits = BigInt((prefix.address.family === 4 ? 32 : 128) - prefix.length);
      return formatAddress(addressAt(prefix, offset % 2n ** bits)!);
    });
  fc.assert(
    fc.property(inside(refused), (address) => refusal(address, { network, allow: [] }, () => false) !== undefined),
  );
  fc.assert(
    fc.property(
      inside(refused),
      (address) => refusal(address, { network, allow: ["0.0.0.0/0", "::/0"] }, () => true) === undefined,
    ),
  );
  fc.assert(
    fc.property(inside(used), (address) => refusal(address, { network, allow: [] }, () => false) === undefined),
  );
});
