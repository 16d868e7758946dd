import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../../test/lua/both.ts";

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
