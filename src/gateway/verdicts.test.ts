// What the edge process says of targets, as workers of nginx go by it, in LuaJIT alone: leases and encodings are Lua's.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appWith, play, worker } from "../../test/lua/health-workers.ts";

const { start, change, replace, post, pass, pool, out } = worker;

describe("verdicts", () => {
  test("are in force at once in the worker that takes them, and in the others with their next tick", () => {
    assert.deepEqual(
      play(start(2, appWith("a b c")), post(1, { a: "status 500" }), pool(1), pool(2), pass(), pool(2)),
      [false, "b c", "a b c", "b c"],
    );
  });

  test("replace those before them as a whole", () => {
    const script = [
      post(1, { a: "x", b: "x" }),
      post(2, { b: "y", c: "z" }),
      pass(),
      pool(1),
      out(1),
      post(1, {}),
      pool(1),
    ];
    assert.deepEqual(play(start(2, appWith("a b c")), ...script), [
      ...[false, false],
      "a",
      "b: y, c: z",
      false,
      "a b c",
    ]);
  });

  test("that leave nobody leave all", () => {
    assert.deepEqual(play(start(1, appWith("a b")), post(1, { a: "x", b: "x" }), pool(1), out(1)), [
      false,
      "a b",
      "a: x, b: x",
    ]);
  });

  test("end with their lease, unless they are told again", () => {
    const down = { a: "x" };
    const script = [
      post(1, down, 1000),
      pass(900),
      post(1, down, 1000),
      pass(900),
      pool(1),
      pool(2),
      pass(200),
      pool(1),
    ];
    assert.deepEqual(play(start(2, appWith("a b")), ...script, pool(2), out(2)), [
      ...[false, false],
      ...["b", "b", "a b", "a b", ""],
    ]);
  });

  test("are known to a worker that takes another's place before its first tick", () => {
    assert.deepEqual(play(start(2, appWith("a b")), post(1, { a: "x" }), pass(), replace(2), pool(2), out(2)), [
      false,
      "b",
      "a: x",
    ]);
  });

  test("count for targets that come later, and go with those that go", () => {
    const script = [
      post(1, { b: "x", z: "y" }),
      pool(1),
      change(appWith("a b")),
      pool(1),
      change(appWith("a")),
      out(1),
    ];
    assert.deepEqual(play(start(1, appWith("a")), ...script), [false, "a", "a", ""]);
  });

  test("tell which targets are far: they are used when no other is healthy", () => {
    const far = (...names: readonly string[]) => post(1, {}, 1000, names);
    const script = [far("b", "c"), pass(), pool(2), replace(2), pool(2), post(1, { a: "x" }, 1000, ["c"]), pass()];
    assert.deepEqual(play(start(2, appWith("a b c")), ...script, pool(2), far("b"), pool(1), pass(2000), pool(1)), [
      ...[false, "a", "a", false, "b"],
      ...[false, "a c", "a b c"],
    ]);
  });

  test("that shared memory cannot hold are refused, and those before them stay", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`t${index}`, "x".repeat(100)]));
    assert.deepEqual(play(start(1, appWith("a b")), post(1, { a: "x" }), post(1, many), pass(), pool(1)), [
      false,
      "no memory",
      "b",
    ]);
  });
});
