import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import type { Inventory, InventoryHost } from "./inventory.ts";
import { readInventory } from "./read.ts";
import { writeInventory } from "./write.ts";

const file = `version: 1
network: { name: acme, ipv4: 10.77.0.0/16, ipv6: fd00:1:2::/48 }
hosts:
  api-1: { tags: [api] } # behind a NAT

  db-1: {}
`;
const hex = (digit: string) => digit.repeat(64);
const key = (letter: string) => `${letter.repeat(42)}A=`;
const example: Inventory = {
  authority: hex("a"),
  hosts: {
    "db-1": { ipv4: "10.77.0.9", ipv6: "fd00:1:2::9" },
    "old-1": { ipv4: "10.77.0.11", ipv6: "fd00:1:2::b", removedAt: "2026-11-01T00:00:00.000Z" },
    "api-1": {
      ipv4: "10.77.0.10",
      ipv6: "fd00:1:2::a",
      member: {
        identity: hex("1"),
        tags: ["eu", "api"],
        joinedAt: "2026-11-02T00:00:00.000Z",
        keys: [
          { plane: "pwr1", publicKey: key("b"), generation: 2 },
          { plane: "pw0", publicKey: key("c"), generation: 1 },
        ],
      },
    },
  },
  until: {},
  file,
};
const text = writeInventory(example);

/** `line:column code` of each issue. */
const places = (input: string) =>
  readInventory(input).issues.map(({ line, column, code }) => `${line}:${column} ${code}`);
const broken = (from: string | RegExp, to: string) => places(text.replace(from, to));

suite("an inventory", () => {
  test("is written in one order, the file in its own lines", () => {
    assert.equal(
      text,
      `# The inventory of a Portway network: \`portway inventory export\` writes it, and
# \`portway inventory import\` makes an empty registry the same again.

inventory: 1
authority: ${hex("a")}
hosts:
  api-1:
    ipv4: 10.77.0.10
    ipv6: fd00:1:2::a
    identity: "${hex("1")}"
    tags: [ api, eu ]
    joinedAt: 2026-11-02T00:00:00.000Z
    keys:
      - { plane: pw0, generation: 1, publicKey: ${key("c")} }
      - { plane: pwr1, generation: 2, publicKey: ${key("b")} }
  db-1:
    ipv4: 10.77.0.9
    ipv6: fd00:1:2::9
  old-1:
    ipv4: 10.77.0.11
    ipv6: fd00:1:2::b
    removedAt: 2026-11-01T00:00:00.000Z
file: |
${file.replace(/^(?=.)/gm, "  ")}`,
    );
  });

  test("is read as what it was written from, whatever the file in it looks like", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/), { maxLength: 20 });
    const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
    const comment = fc.stringMatching(/^[ #a-z:|>"'{}\t-]{0,60}$/);
    fc.assert(
      fc.property(names, digits(64), fc.array(comment), fc.boolean(), (hosts, authority, comments, isMember) => {
        const member = (index: number) => ({
          identity: String(index).padStart(64, "0"),
          tags: [],
          joinedAt: "2026-11-02T00:00:00.000Z",
          keys: [],
        });
        const inventory: Inventory = {
          authority,
          until: {},
          hosts: Object.fromEntries(
            hosts
              .filter((name) => name !== "all")
              .map((name, index): [string, InventoryHost] => [
                name,
                {
                  ipv4: `10.77.1.${index + 1}`,
                  ipv6: `fd00:1:2::${index + 1}`,
                  ...(isMember && { member: member(index) }),
                },
              ]),
          ),
          file: file.replace(/hosts[\s\S]*/, "") + comments.map((line) => `#${line}\n`).join(""),
        };
        const written = writeInventory(inventory);
        const { inventory: read, issues } = readInventory(written);
        assert.deepEqual(issues, []);
        assert.deepEqual(structuredClone(read), inventory);
        assert.equal(writeInventory(read!), written);
      }),
      { numRuns: 200 },
    );
  });
});

test("the times of an inventory are kept: of keys, certificates, hosts that wait and rules that hold for a time", () => {
  const { member } = example.hosts["api-1"]!;
  const since = "2026-11-20T00:00:00.000Z";
  const [relayKey, directKey] = member!.keys;
  const api = { ...member!, tags: ["api", "eu"], credentialUntil: since, keys: [{ ...directKey!, since }, relayKey!] };
  const inventory: Inventory = {
    ...example,
    hosts: { "api-1": { ...example.hosts["api-1"]!, member: api, waits: true, removedAt: since } },
    until: { "access[0]": since },
    file: `${file.replace("db-1: {}", "db-1: { endpoint: db.example.com:51820 }")}access:\n  - { from: [api-1], to: [db-1], allow: [icmp], for: 2h }\n`,
  };
  const written = writeInventory(inventory);
  const { inventory: read, issues } = readInventory(written);
  assert.deepEqual([issues, structuredClone(read)], [[], inventory]);
  const [line] = places(written.replace("access[0]", "access[1]"));
  assert.match(line!, /:3 contradiction$/);
});

suite("what is wrong in an inventory is told with its place", () => {
  test("values of the wrong kind, unknown and missing keys", () => {
    assert.deepEqual(places(text), []);
    assert.deepEqual(broken("ipv4: 10.77.0.10", "ipv4: 10.77.0.999"), ["8:11 invalidAddress"]);
    assert.deepEqual(broken("ipv6: fd00:1:2::9", "ipv6: 10.77.0.1"), ["18:11 invalidAddress"]);
    assert.deepEqual(broken("generation: 1", "generation: -1"), ["14:35 outOfRange"]);
    assert.deepEqual(broken("plane: pw0", "plane: pw9"), ["14:18 invalidValue"]);
    assert.deepEqual(broken(key("c"), "short"), ["14:49 invalidValue"]);
    assert.deepEqual(broken("joinedAt: 2026-11-02T", "joinedAt: yesterday "), ["12:15 invalidValue"]);
    assert.deepEqual(broken("db-1:", "Db_1:"), ["16:3 invalidName"]);
    assert.deepEqual(broken("    tags:", "    tag:"), ["11:5 unknownKey"]);
    assert.deepEqual(broken(`authority: ${hex("a")}\n`, ""), ["4:1 missing"]);
    assert.deepEqual(broken("inventory: 1", "inventory: 2"), ["4:12 invalidValue"]);
    assert.deepEqual(places(file).includes("1:1 unknownKey"), true);
  });

  test("hosts that are half members, and what two of them have", () => {
    assert.deepEqual(broken(/ {4}identity.*\n/, ""), ["7:3 missing"]);
    assert.deepEqual(broken("fd00:1:2::9", "fd00:1:2::a"), ["18:11 taken"]);
    assert.deepEqual(broken(key("b"), key("c")), ["15:50 taken"]);
    assert.deepEqual(broken("    tags:", "    removedAt: 2026-11-01T00:00:00.000Z\n    tags:"), [
      "11:16 contradiction",
    ]);
  });

  test("addresses that the file in it has no room for", () => {
    assert.deepEqual(broken("10.77.0.10", "10.78.0.10"), ["8:11 addressOutside"]);
    assert.deepEqual(broken("fd00:1:2::b", "fd00:9:9::b"), ["21:11 addressOutside"]);
    assert.deepEqual(broken("db-1: {}", "db-1: { address: 10.77.0.200 }"), ["17:11 contradiction"]);
  });

  test("the file in it, on the lines where it stands", () => {
    assert.deepEqual(broken("tags: [api] }", "tag: [api] }"), ["27:14 unknownKey"]);
    assert.deepEqual(places(text.replace(/file: \|[\s\S]*/, 'file: "version: 2"\n')), [
      "23:7 missing",
      "23:7 invalidValue",
    ]);
  });

  test("text that is no inventory at all", () => {
    assert.deepEqual(places(""), ["1:1 emptyFile"]);
    assert.deepEqual(
      places("a: [\n").map((one) => one.split(" ")[1]),
      ["yamlSyntax"],
    );
    assert.deepEqual(places("x".repeat(9 * 1024 * 1024)), ["1:1 fileTooLarge"]);
  });
});
