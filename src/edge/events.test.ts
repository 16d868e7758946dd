import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { GatewayState } from "../wire/edge-state.ts";
import { edgeEvents } from "./events.ts";

const nothing: GatewayState = { revision: 1, digest: "", workers: [], ejected: [] };
const down = (...targets: readonly string[]) =>
  targets.map((target) => ({ service: "orders", target, reason: "status 500" }));
const ejected = (...targets: readonly string[]) => targets.map((target) => ({ service: "orders", target, untilMs: 5 }));

function setUp(first: Partial<GatewayState> = {}) {
  const events = edgeEvents(() => 1000, false);
  const look = (state: Partial<GatewayState>, gone: readonly string[] = []) =>
    events.look({ ...nothing, ...state }, (_service, target) => !gone.includes(target));
  look(first);
  return { events, look, told: () => events.pending().map(({ kind, subject }) => `${kind} ${subject}`) };
}

describe("events of an edge", () => {
  test("are targets that go out and come back, and none when nothing changed", () => {
    const { look, told, events } = setUp();
    assert.equal(look({}), false);
    assert.equal(look({ down: down("a") }), true);
    assert.equal(look({ down: down("a") }), false);
    assert.equal(look({ down: down("a"), ejected: ejected("a", "b") }), true);
    look({ ejected: ejected("a") });
    look({});
    assert.deepEqual(told(), [
      "target.down orders a",
      "target.ejected orders a",
      "target.ejected orders b",
      "target.back orders b",
      "target.back orders a",
    ]);
    assert.equal(events.pending()[0]!.text, "orders does without a, which fails its check: status 500");
  });

  test("are what is so when the first edge of an nginx starts", () => {
    const events = edgeEvents(() => 1000, true);
    assert.equal(
      events.look({ ...nothing, down: down("a") }, () => true),
      true,
    );
  });

  test("are not what is so when another edge starts, nor the end of a target that is gone", () => {
    const { look, told } = setUp({
      down: down("a"),
      transitions: [{ id: 3, service: "orders", state: "open", reason: "errors", atMs: 0 }],
    });
    look({}, ["a"]);
    assert.deepEqual(told(), []);
  });

  test("are turns of breakers, each once, also those of another nginx that counts from one", () => {
    const turn = (id: number, state: "open" | "halfOpen" | "closed") => {
      return { id, service: "orders", state, reason: "errors", atMs: 0 };
    };
    const { look, told } = setUp({ transitions: [turn(1, "open")] });
    look({ transitions: [turn(1, "open"), turn(2, "halfOpen"), turn(3, "closed")] });
    look({ transitions: [turn(2, "halfOpen"), turn(3, "closed")] });
    look({});
    look({ transitions: [turn(1, "open")] });
    assert.deepEqual(told(), ["breaker.halfOpen orders", "breaker.closed orders", "breaker.open orders"]);
  });

  test("wait for control, the last hundred of them, and go when they arrived", () => {
    const { events, look, told } = setUp();
    const many = Array.from({ length: 150 }, (_, index) => `t${index}`);
    look({ down: down(...many) });
    const first = events.pending();
    assert.equal(first.length, 100);
    look({ down: down(...many.slice(1)) });
    events.arrived(first);
    assert.deepEqual(told(), ["target.back orders t0"]);
    assert.equal(new Set([...first, ...events.pending()].map(({ id }) => id)).size, 101);
  });
});
