import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { asLua, runBoth } from "../../test/lua/both.ts";
import { chosenCoding } from "./accept-encoding.ts";

const offered = ["br", "gzip"];
const table: readonly (readonly [header: string, coding: string])[] = [
  ["gzip", "gzip"],
  ["br", "br"],
  ["gzip, deflate, br", "br"],
  ["GZIP", "gzip"],
  ["x-gzip", "gzip"],
  ["*", "br"],
  ["gzip, *;q=0", "gzip"],
  ["br;q=0, *", "gzip"],
  ["br;q=0.5, gzip;q=0.8", "gzip"],
  ["br; q=0.5 , gzip ;Q=0.5", "br"],
  ["gzip;q=0", ""],
  ["gzip;q=0.0, br;q=0", ""],
  ["identity", ""],
  ["identity;q=0", ""],
  ["identity;q=1, gzip;q=0.5", ""],
  ["identity;q=0.5, gzip", "gzip"],
  ["deflate, zstd", ""],
  ["", ""],
  [",,", ""],
  ["gzip;q=2", ""],
  ["gzip;q=x", ""],
  ["gzipped", ""],
  [`gzip${" ".repeat(2000)}`, ""],
];

test("a client gets the coding that it wants most, of equal ones the preferred, and none that it refuses", async () => {
  const calls = table.map(([header]) => ({
    module: "gateway.accept-encoding",
    name: "chosenCoding",
    args: [header, offered],
  }));
  const chosen = await runBoth(calls);
  assert.deepEqual(
    table.map(([header], index) => [header, chosen[index]]),
    table,
  );
});

test("whatever the header, nothing is chosen that was not offered or has no weight", async () => {
  const part = fc.tuple(
    fc.constantFrom("gzip", "br", "*", "identity", "x-gzip", " gzip ", "zstd", ""),
    fc.constantFrom("", ";q=0", ";q=1", ";q=0.3", "; q=0.7", ";q=", ";q=-1"),
  );
  await asLua(() =>
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.subarray(offered), (parts, some) => {
        const coding = chosenCoding(parts.map((one) => one.join("")).join(","), some);
        if (coding === "") return;
        assert.ok(some.includes(coding));
        const names = coding === "gzip" ? ["gzip", "x-gzip", "*"] : [coding, "*"];
        assert.ok(parts.some(([name, q]) => names.includes(name.trim()) && !["q=0", ";q=-1", ";q="].includes(q)));
      }),
    ),
  );
});
