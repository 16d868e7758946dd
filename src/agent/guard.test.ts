import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Objects } from "../wire/objects.ts";
import { type Guarded, guard, nothingGuarded } from "./guard.ts";
import { exampleMesh } from "./overlay/example.ts";

const hosts = ["a", "b", "c", "d"];

/** A state that joins the host with these others, half of them over relays alone. */
function state(others: readonly string[], host: { released?: string[]; removalsConfirmedAt?: number } = {}): Objects {
  const pairs = others.flatMap((name, index) => [
    [`pair/${name}`, JSON.stringify({ host: name, prefixes: [], paths: [] })],
    [`inbound/${name}`, JSON.stringify({ host: name, from: [], allow: [] })],
    ...(index % 2 === 0 ? [[`peer/pw0/${name}`, JSON.stringify({ host: name })]] : []),
  ]);
  return Object.fromEntries([["host", JSON.stringify({ ...exampleMesh.host, ...host })], ...pairs]) as Objects;
}
const full = guard(nothingGuarded, state(hosts), 10);
const peersOf = ({ inForce }: Guarded) => hosts.filter((name) => `pair/${name}` in inForce);

describe("the guard of a host", () => {
  test("lets the first state in, and changes that take away few", () => {
    assert.equal(full.held, undefined);
    assert.deepEqual(peersOf(guard(full, state(["a", "b"]), 11)), ["a", "b"]);
  });

  test("holds a state that takes away most, as a whole", () => {
    const held = guard(full, state(["a"]), 11);
    assert.deepEqual(held.held, { revision: 11, peers: ["b", "c", "d"], of: 4 });
    assert.deepEqual(held.inForce, full.inForce);
  });

  test("lets it in once a person has confirmed what was held", () => {
    const held = guard(full, state(["a"]), 11);
    const confirmed = guard(held, state(["a"], { removalsConfirmedAt: 11 }), 12);
    assert.equal(confirmed.held, undefined);
    assert.deepEqual(peersOf(confirmed), ["a"]);
  });

  test("takes a confirmation only for what was missed by then", () => {
    const five = guard(nothingGuarded, state([...hosts, "e", "f", "g"]), 9);
    const held = guard(five, state(["a", "b", "c"]), 11);
    const more = guard(held, state([], { removalsConfirmedAt: 11 }), 13);
    assert.deepEqual(more.held, { revision: 13, peers: ["a", "b", "c"], of: 3 });
    assert.ok(peersOf(more).includes("d"));
  });

  test("goes on when the peers come back", () => {
    const held = guard(full, state([]), 11);
    const back = guard(held, state(hosts), 12);
    assert.equal(back.held, undefined);
    assert.deepEqual(back.missingSince, {});
  });

  test("never holds the removal of a host that was taken out on purpose, also while it holds others", () => {
    const released = guard(full, state(["a"], { released: ["b", "c"] }), 11);
    assert.deepEqual(peersOf(released), ["a"]);
    const held = guard(full, state([], { released: ["a"] }), 11);
    assert.deepEqual(held.held?.peers, ["b", "c", "d"]);
    assert.deepEqual(peersOf(held), ["b", "c", "d"]);
    assert.deepEqual(
      Object.keys(held.inForce).filter((key) => key.endsWith("/a")),
      [],
    );
  });
});
