import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { heldRemovals, type RemovalQuestion } from "./guard.ts";

const ask = (parts: Partial<RemovalQuestion>) =>
  heldRemovals({ current: [], next: [], released: [], revision: 5, confirmedAt: 0, ...parts });

test("a change that removes more than half of the peers is held", () => {
  const held = ask({ current: ["a", "b", "c", "d", "e"], next: ["a", "e"] });
  assert.deepEqual(held, { revision: 5, peers: ["b", "c", "d"], of: 5 });
});

test("half of the peers, or fewer than three, may go", () => {
  assert.equal(ask({ current: ["a", "b", "c", "d", "e", "f"], next: ["a", "b", "c"] }), undefined);
  assert.equal(ask({ current: ["a", "b"], next: [] }), undefined);
});

test("peers that are replaced by as many others count as removed", () => {
  assert.deepEqual(ask({ current: ["a", "b", "c"], next: ["x", "y", "z"] })?.peers, ["a", "b", "c"]);
});

test("a revision that a person confirmed, or one before it, is not held", () => {
  assert.equal(ask({ current: ["a", "b", "c"], confirmedAt: 5 }), undefined);
  assert.equal(ask({ current: ["a", "b", "c"], confirmedAt: 6 }), undefined);
  assert.ok(ask({ current: ["a", "b", "c"], confirmedAt: 4 }));
});

test("removing released hosts is never held, however many they are", () => {
  const names = fc.uniqueArray(fc.constantFrom(..."abcdefghij"));
  fc.assert(
    fc.property(names, names, (current, next) => {
      const released = current.filter((host) => !next.includes(host));
      assert.equal(ask({ current, next, released }), undefined);
    }),
  );
});

test("released hosts do not hide how much of the rest goes", () => {
  const current = ["a", "b", "c", "d", "lost-1", "lost-2", "lost-3", "lost-4"];
  const held = ask({ current, next: ["a"], released: ["lost-1", "lost-2", "lost-3", "lost-4"] });
  assert.deepEqual(held, { revision: 5, peers: ["b", "c", "d"], of: 4 });
});

test("what is held is what goes and was not released, and only when it is more than half", () => {
  const names = fc.uniqueArray(fc.constantFrom(..."abcdefghij"));
  fc.assert(
    fc.property(names, names, names, (current, next, released) => {
      const rest = current.filter((host) => !released.includes(host));
      const gone = rest.filter((host) => !next.includes(host)).sort();
      const held = ask({ current, next, released });
      if (gone.length < 3 || 2 * gone.length <= rest.length) assert.equal(held, undefined);
      else assert.deepEqual(held, { revision: 5, peers: gone, of: rest.length });
    }),
  );
});
