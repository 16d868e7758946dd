import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { palette } from "./colour.ts";
import { columns } from "./table.ts";

const { good } = palette(true);

suite("columns", () => {
  test("are as wide as what is seen of their cells", () => {
    const [head, row] = columns([
      ["HOST", "STATE", "TAGS"],
      ["api-1", good("online"), "api"],
    ]);
    assert.equal(head, "HOST   STATE   TAGS");
    assert.equal(row, `api-1  ${good("online")}  api`);
  });

  test("fold their widest cells where a terminal is too narrow, and leave names whole", () => {
    const rows = [
      ["ROUTE", "HOSTS", "PATHS", "METHODS", "SERVICE", "PLUGINS"],
      ["orders", "api.example.com www.example.com", "/orders/", "GET,POST", "orders", "jwt cors rateLimit"],
      ["all", "*.example.org", "/", "all", "site", "securityHeaders"],
    ];
    assert.deepEqual(columns(rows, 72), [
      "ROUTE   HOSTS            PATHS     METHODS   SERVICE  PLUGINS",
      "orders  api.example.com  /orders/  GET,POST  orders   jwt cors rateLimit",
      "        www.example.com",
      "all     *.example.org    /         all       site     securityHeaders",
    ]);
  });

  test("that folded keep their colour on each line, and let none run into the next cell", () => {
    assert.deepEqual(columns([[good("no tunnel yet"), "api-1"]], 16), [`${good("no tunnel")}  api-1`, good("yet")]);
  });

  test("lose nothing and fit wherever their longest names fit", () => {
    const word = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
    const cell = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(" "));
    const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 120 }), (rows, room) => {
        const lines = columns(rows, room);
        const words = (text: string) => text.split(/\s+/).filter(Boolean).sort();
        assert.deepEqual(words(lines.join(" ")), words(rows.flat().join(" ")));
        const longest = [0, 1, 2].map((at) =>
          Math.max(...rows.flatMap((row) => row[at]!.split(" ").map((w) => w.length))),
        );
        const needed = longest.reduce((sum, one) => sum + one, 4);
        for (const line of lines) assert.ok(line.length <= Math.max(room, needed), `${line.length} in ${room}`);
      }),
    );
  });
});
