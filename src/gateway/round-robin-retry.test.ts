import assert from "node:assert/strict";
import { test } from "node:test";
import { asLua } from "../../test/lua/both.ts";
import { furtherTarget } from "./round-robin-retry.ts";
import type { Service, Target } from "./world.ts";

const target = (name: string) => ({ name }) as Target;
const [a, b, c] = [target("a"), target("b"), target("c")];
const serviceOf = (targets: readonly Target[], healthy = targets) =>
  ({ targets, healthy, cursor: -1 }) as unknown as Service;

test("a further try goes to a target that was not tried", () =>
  asLua(() => {
    assert.equal(furtherTarget(serviceOf([a, b, c]), [a], 1), b);
    assert.equal(furtherTarget(serviceOf([a, b, c]), [b, a], 2), c);
    assert.equal(
      furtherTarget(serviceOf([a, b, c]), [a, b, c], 1),
      b,
      "what stands behind the tries is an older request's",
    );
  }));

test("with every target tried there is none", () =>
  asLua(() => {
    assert.equal(furtherTarget(serviceOf([a]), [a], 1), undefined);
    assert.equal(furtherTarget(serviceOf([a, b]), [b, a], 2), undefined);
  }));

test("a target that is left out is tried only when no other is left", () =>
  asLua(() => {
    assert.equal(furtherTarget(serviceOf([a, b, c], [a, c]), [a], 1), c);
    assert.equal(furtherTarget(serviceOf([a, b, c], [a]), [a], 1), b);
    assert.equal(furtherTarget(serviceOf([a, b, c], []), [b, a], 2), c);
  }));
