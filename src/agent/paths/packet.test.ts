import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeProbe, encodeProbe, type Probe, probeBytes } from "./packet.ts";

test("a probe is read as it was written", () => {
  const kind = fc.constantFrom("ask" as const, "answer" as const);
  const [sequence, nonce] = [fc.nat(0xffffffff), fc.bigInt({ min: 0n, max: 0xffffffffffffffffn })];
  const same = (probe: Probe) => assert.deepEqual(decodeProbe(encodeProbe(probe)), probe);
  const busy = fc.constantFrom({}, { busy: true });
  fc.assert(fc.property(kind, sequence, nonce, busy, (k, s, n, b) => same({ kind: k, sequence: s, nonce: n, ...b })));
});

test("other bytes are no probe", () => {
  const good = encodeProbe({ kind: "ask", sequence: 1, nonce: 2n });
  for (const [index, value] of [
    [0, 0x51],
    [4, 2],
    [5, 2],
  ] as const) {
    const bad = good.slice();
    bad[index] = value;
    assert.equal(decodeProbe(bad), undefined);
  }
  assert.equal(decodeProbe(good.slice(1)), undefined);
  assert.equal(decodeProbe(new Uint8Array(probeBytes + 1)), undefined);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.equal(decodeProbe(bytes), undefined)));
});
