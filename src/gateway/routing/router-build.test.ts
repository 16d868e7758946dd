// A router that changes is the router that would be built anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyRequest, anyRoute, routedCall } from "../../../test/gateway/any-routes.ts";
import { asLua, runBoth } from "../../../test/lua/both.ts";
import { changedRouter, inTurn, routerWith } from "../../../test/lua/probe.ts";
import type { LuaCall } from "../../../test/lua/run-lua.ts";
import type { Routable } from "./router.ts";
import { addRoute, commitRouter, draftRouter, removeRoute, settleRouter } from "./router-build.ts";

interface Change {
  readonly removed: readonly Routable[];
  readonly added: readonly Routable[];
  /** All routes after it. */
  readonly routes: readonly Routable[];
}

/** Each change gives some of ten names another route, or none. */
const anyChanges: fc.Arbitrary<readonly Change[]> = fc
  .array(
    fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.option(anyRoute)), {
      maxLength: 6,
      selector: ([number]) => number,
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((changes) => {
    const now = new Map<string, Routable>();
    return changes.map((change) => {
      const removed = change.flatMap(([number]) => now.get(`r${number}`) ?? []);
      const added = change.flatMap(([number, route]) => (route === null ? [] : [{ ...route, name: `r${number}` }]));
      for (const { name } of removed) now.delete(name);
      for (const route of added) now.set(route.name, route);
      return { removed, added, routes: [...now.values()] };
    });
  });

test("any changes: each request is answered as by a router built anew, in Node and LuaJIT", async () => {
  const samples = fc.sample(fc.tuple(anyChanges, fc.array(anyRequest, { minLength: 30, maxLength: 40 })), 40);
  for (const [changes, requests] of samples) {
    const probe = (name: string, args: readonly unknown[], as: string): LuaCall => ({
      module: "probe",
      name,
      args,
      as,
    });
    const results = await runBoth([
      probe("routerWith", [[]], "patched"),
      ...changes.flatMap(({ removed, added, routes }) => [
        probe("changedRouter", [{ $: "patched" }, removed, added], "patched"),
        probe("routerWith", [routes], "anew"),
        ...requests.flatMap((request) => [routedCall("patched", request), routedCall("anew", request)]),
      ]),
    ]);
    const answers = results.filter((result) => result !== null);
    assert.equal(answers.length, changes.length * requests.length * 2);
    for (let i = 0; i < answers.length; i += 2) assert.equal(answers[i], answers[i + 1]);
  }
});

test("any changes: the tables are those of a router built anew, so that nothing of what went is left", () => {
  fc.assert(
    fc.property(anyChanges, (changes) =>
      asLua(() => {
        const patched = routerWith([]);
        for (const { removed, added, routes } of changes) {
          changedRouter(patched, removed, added);
          assert.deepEqual(tablesOf(patched), tablesOf(routerWith(routes)));
        }
      }),
    ),
  );
});

test("any changes: while one is prepared the router stays as it was", () => {
  fc.assert(
    fc.property(anyChanges, (changes) =>
      asLua(() => {
        const router = routerWith([]);
        for (const { removed, added } of changes) {
          const before = structuredClone(tablesOf(router));
          const draft = draftRouter(router);
          for (const route of removed) removeRoute(draft, route);
          for (const route of added) addRoute(draft, route);
          settleRouter(draft, inTurn, () => assert.deepEqual(tablesOf(router), before));
          commitRouter(draft);
        }
      }),
    ),
    { numRuns: 30 },
  );
});

/** Its functions left out, and counts of nothing. */
function tablesOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tablesOf);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => typeof field !== "function" && field !== 0);
  return Object.fromEntries(fields.map(([name, field]) => [name, tablesOf(field)]));
}
