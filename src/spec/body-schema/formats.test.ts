import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { Fault } from "../issue.ts";
import { automatonOf } from "../regex/automaton.ts";
import { formats } from "./formats.ts";

const fits = (format: string, text: string) => new RegExp(formats[format]!, "u").test(text);

test("each format has a table", () => {
  for (const pattern of Object.values(formats)) assert.ok(!(automatonOf(pattern) instanceof Fault), pattern);
});

test("formats take what they name, and nothing near it", () => {
  const table: Readonly<Record<string, readonly [good: readonly string[], bad: readonly string[]]>> = {
    date: [
      ["2024-02-29", "2000-02-29", "2023-12-31", "0000-01-01"],
      ["2023-02-29", "1900-02-29", "2024-02-30", "2024-04-31", "2024-13-01", "2024-1-1", "24-01-01", "2024-01-01Z"],
    ],
    time: [
      ["23:59:60Z", "00:00:00+00:00", "12:30:15.123456-05:30", "12:00:00z"],
      ["24:00:00Z", "12:00Z", "12:00:00", "12:60:00Z", "12:00:00+24:00", "12:00:00.Z"],
    ],
    "date-time": [
      ["2024-02-29T12:00:00Z", "2023-01-01t00:00:00.5+01:00"],
      ["2024-02-29 12:00:00Z", "2024-02-29", "2023-02-29T12:00:00Z"],
    ],
    uuid: [
      ["2eb8aa08-aa98-11ea-b4aa-73b441d16380", "00000000-0000-0000-0000-000000000000"],
      [
        "2eb8aa08aa9811eab4aa73b441d16380",
        "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
        "2eb8aa08-aa98-11ea-b4ga-73b441d16380",
      ],
    ],
    ipv4: [
      ["0.0.0.0", "255.255.255.255", "192.0.2.1"],
      ["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4 "],
    ],
    hostname: [
      ["a", "www.example.com", "xn--4gbwdl.xn--wgbh1c", "a-b"],
      ["", "-a", "a-", "a..b", "a_b", ".", `${"a".repeat(64)}.b`],
    ],
    email: [
      ["a@b", "first.last+tag@example.com"],
      ["a", "@b", "a@", "a@-b", "a b@c", "a@b@c"],
    ],
  };
  for (const [format, [good, bad]] of Object.entries(table)) {
    for (const text of good) assert.ok(fits(format, text), `${format}: ${text}`);
    for (const text of bad) assert.ok(!fits(format, text), `${format}: ${text}`);
  }
});

test("an IPv6 address is what Node takes for one without a zone", () => {
  const piece = fc.constantFrom("0", "1", "ffff", "12345", ":", "::", "1.2.3.4", "1.2.3.256", "g");
  const near = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  const groups = fc.array(fc.constantFrom("0", "a", "ffff", "::", ""), { maxLength: 9 }).map((all) => all.join(":"));
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), near, groups), (text) => assert.equal(fits("ipv6", text), isIPv6(text), text)),
    { numRuns: 5000 },
  );
});
