import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type HttpsWay, nextWay, takesNext, wayIn, wayLines } from "./https-hop.ts";

test("a configuration says who takes the port", () => {
  for (const way of ["own", "both", "handed"] as const) {
    assert.equal(wayIn(["# Written by portway edge", ...wayLines(way), "events {"].join("\n")), way);
  }
});

test("the port is handed over only to who has it, and let go only when it is not missed", () => {
  assert.equal(nextWay(true, []), "both");
  assert.equal(nextWay(true, ["own", "handed"]), "both");
  assert.equal(nextWay(true, ["handed"]), "handed");
  assert.equal(nextWay(false, ["handed"]), "both");
  assert.equal(nextWay(false, ["own"]), "own");
  assert.equal(takesNext(true, { http: ["own", "both"], second: ["own"] }), false);
  assert.equal(takesNext(true, { http: ["both"], second: ["own"] }), true);
  assert.equal(takesNext(true, { http: [], second: ["handed"] }), true);
  assert.equal(takesNext(false, { http: ["both", "handed"], second: ["handed"] }), true);
  assert.equal(takesNext(false, { http: ["both"], second: ["handed"] }), false);
});

test("whatever changes in whatever order, somebody takes connections, and it ends as the file wants", () => {
  // Each step begins or ends the change of one of the two; what is coming may be in force already.
  const step = fc.constantFrom("http", "second", "share", "unshare");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let isShared = false;
      const http: { now: HttpsWay; coming?: HttpsWay } = { now: "own" };
      const second: typeof http = { now: "own" };
      const all = ({ now, coming }: typeof http) => (coming === undefined ? [now] : [now, coming]);
      const turn = (one: typeof http, next: () => HttpsWay) => {
        if (one.coming === undefined) one.coming = next();
        else {
          one.now = one.coming;
          delete one.coming;
        }
      };
      const run = (name: string) => {
        if (name === "share") isShared = true;
        if (name === "unshare") isShared = false;
        if (name === "http") turn(http, () => nextWay(isShared, all(second)));
        const ways = { http: all(http), second: all(second) };
        if (name === "second") turn(second, () => (takesNext(isShared, ways) ? "handed" : "own"));
        for (const h of all(http)) {
          for (const s of all(second)) {
            assert.ok(h !== "handed" || s === "handed", "nobody takes connections");
            assert.ok(s !== "handed" || h !== "own", "nobody to hand on to");
          }
        }
      };
      for (const name of steps) run(name);
      for (let i = 0; i < 8; i++) for (const name of ["http", "second"]) run(name);
      while (http.coming !== undefined || second.coming !== undefined) {
        for (const [name, one] of [
          ["http", http],
          ["second", second],
        ] as const)
          if (one.coming !== undefined) run(name);
      }
      assert.deepEqual([http.now, second.now], isShared ? ["handed", "handed"] : ["own", "own"]);
    }),
  );
});
