import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { decodeProbe } from "./packet.ts";
import { decodeSizeProbe, encodeSizeProbe } from "./size-packet.ts";

const probe = fc.record(
  {
    kind: fc.constantFrom("ask", "answer"),
    size: fc.integer({ min: 100, max: 9000 }),
    nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  },
  { noNullPrototype: true },
);

describe("a probe of a size", () => {
  test("is read as it was written, and is no other probe", () => {
    fc.assert(
      fc.property(probe, (one) => {
        const bytes = encodeSizeProbe(one);
        assert.deepEqual(decodeSizeProbe(bytes), one);
        assert.equal(decodeProbe(bytes), undefined);
      }),
    );
  });

  test("fills an IPv6 packet of its size when it asks, and is small when it answers", () => {
    assert.equal(encodeSizeProbe({ kind: "ask", size: 1420, nonce: 1n }).length, 1420 - 40 - 8);
    assert.equal(encodeSizeProbe({ kind: "answer", size: 1420, nonce: 1n }).length, 20);
  });

  test("is nothing when it was cut short, and neither are other bytes", () => {
    assert.equal(decodeSizeProbe(encodeSizeProbe({ kind: "ask", size: 1420, nonce: 1n }).subarray(0, 1000)), undefined);
    fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeSizeProbe(bytes) === undefined));
  });
});
