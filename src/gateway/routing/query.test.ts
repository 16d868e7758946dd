import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runBoth } from "../../../test/lua/both.ts";

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const anyBytes = fc.sample(fc.string({ unit: byte }), 100);

test("a parameter's first value, read as forms write it", async () => {
  const table: readonly (readonly [query: string, value: string | null])[] = [
    ["", null],
    ["q", ""],
    ["q=", ""],
    ["q=1", "1"],
    ["q=1&q=2", "1"],
    ["p=q&q=2", "2"],
    ["pq=1", null],
    ["&&q=1&", "1"],
    ["q=a=b", "a=b"],
    ["p&q=1", "1"],
    ["%71=a+b%20c", "a b c"],
    ["q=%c3%A9", "\u00c3\u00a9"],
    ["q=100%&p", "100%"],
    ["q=%4", "%4"],
    ["q=%zz", "%zz"],
    ["q=a?b", "a?b"],
    ["Q=1", null],
  ];
  const calls = table.map(([query]) => ({
    module: "gateway.routing.query",
    name: "queryValue",
    args: [query, "q"],
  }));
  const values = await runBoth(calls);
  assert.deepEqual(
    table.map(([query], index) => [query, values[index]]),
    table,
  );
});

test("what is written is read as it was, whatever its bytes, and holds nothing that separates parameters", async () => {
  const texts = ["", "plain-._~09AZaz", "a b&c=d+e%41?#/", "caf\u00c3\u00a9\u0000\u007f\u00ff", ...anyBytes];
  const call = (name: string, text: string) => ({ module: "gateway.routing.query", name, args: [text] });
  const written = (await runBoth(texts.map((text) => call("encodedQuery", text)))) as string[];
  assert.deepEqual(written.slice(0, 3), ["", "plain-._~09AZaz", "a%20b%26c%3Dd%2Be%2541%3F%23%2F"]);
  for (const text of written) assert.match(text, /^(?:[\w.~-]|%[0-9A-F]{2})*$/);
  assert.deepEqual(await runBoth(written.map((text) => call("decodedQuery", text))), texts);
});
