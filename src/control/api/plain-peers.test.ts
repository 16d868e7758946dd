import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arePlainPeers, most } from "./plain-peers.ts";
import { agentStatus } from "./shapes.ts";

const label = fc.constantFrom("a", "host-1", "a".repeat(63));
const strange = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    "a\u001b[2Jb",
    -1,
    0.5,
    1e300,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    "A",
    "a_b",
    "-a",
    "a".repeat(64),
    "",
  ),
  fc.string({ minLength: 15, maxLength: 18 }),
  fc.string({ minLength: 255, maxLength: 258 }),
  fc.array(fc.string({ maxLength: 18 }), { minLength: 14, maxLength: 18 }),
);
const sound: fc.Arbitrary<Record<string, unknown>> = fc
  .record(
    {
      host: label,
      path: fc.record(
        { kind: fc.constantFrom("direct", "relay"), plane: fc.constantFrom("pw0", "pwr1"), via: label },
        { requiredKeys: ["kind", "plane"] },
      ),
      online: fc.boolean(),
      roundTripMs: fc.double({ min: 0, max: 1e4, noNaN: true }),
      mtu: fc.integer({ min: 1, max: 9000 }),
      handshakeAgeSeconds: fc.nat(),
      rxBytes: fc.nat(),
      txBytes: fc.nat(),
      tried: fc.array(fc.string({ maxLength: 20 }), { maxLength: 3 }),
      heard: fc.constant(true),
      plane: fc.constantFrom("pw0", "pwx"),
      proven: fc.array(fc.constantFrom("pw0", "pwr1"), { maxLength: 3 }),
    },
    { requiredKeys: ["host", "online", "rxBytes", "txBytes"] },
  )
  .map((peer) => JSON.parse(JSON.stringify(peer)) as Record<string, unknown>);
const names = [
  "host",
  "path",
  "online",
  "roundTripMs",
  "mtu",
  "rxBytes",
  "txBytes",
  "tried",
  "heard",
  "plane",
  "proven",
];
const field = fc.constantFrom(...names, "handshakeAgeSeconds", "more", "__proto__", "constructor");

/** A field is another, is one more, or is missing; in the peer or in its path. */
const spoilt = fc
  .tuple(sound, field, strange, fc.constantFrom("put", "drop", "kind", "plane", "via", "more"))
  .map(([peer, name, value, how]) => {
    const path = Object.entries((peer["path"] ?? {}) as object);
    const entries = Object.entries(peer);
    const with_ = (key: string, one: unknown) => [...entries.filter(([known]) => known !== key), [key, one] as const];
    const text = (all: readonly (readonly [string, unknown])[]) =>
      `{${all.map(([key, one]) => `${JSON.stringify(key)}:${written(one)}`).join()}}`;
    if (how === "put") return JSON.parse(text(with_(name, value))) as unknown;
    if (how === "drop") return JSON.parse(text(entries.filter(([known]) => known !== name))) as unknown;
    return { ...peer, path: JSON.parse(text([...path.filter(([known]) => known !== how), [how, value]])) as unknown };
  });

/** JSON has no word for it, and yet it gives it. */
const written = (value: unknown) => (value === Number.POSITIVE_INFINITY ? "1e999" : JSON.stringify(value));

const { peers: schema } = agentStatus.shape;

test("what is plain is exactly what the schema would give", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: sound }, spoilt, strange), { maxLength: 3 }), (peers) => {
      if (arePlainPeers(peers)) assert.deepEqual(schema.parse(peers), peers);
    }),
    { numRuns: 3000 },
  );
});

test("what is sound is plain, and is not left to the schema", () => {
  fc.assert(
    fc.property(fc.array(sound, { maxLength: 5 }), (peers) => {
      assert.ok(arePlainPeers(peers));
    }),
  );
});

test("a list that is too long, or none, is not plain", () => {
  const peer = { host: "a", online: true, rxBytes: 1, txBytes: 1 };
  assert.ok(arePlainPeers(Array.from({ length: most.peers }, () => peer)));
  assert.ok(!arePlainPeers(Array.from({ length: most.peers + 1 }, () => peer)));
  for (const other of [undefined, null, {}, "peers", { length: 0 }]) assert.ok(!arePlainPeers(other));
});
