import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AgentStatus, PeerStatus } from "../wire/stream.ts";
import { withKeptPeers } from "./kept-peers.ts";

/** Every field, so that a new one is looked at too. */
const fields: { readonly [Field in keyof Required<PeerStatus>]: fc.Arbitrary<Required<PeerStatus>[Field]> } = {
  host: fc.constantFrom("a", "b"),
  path: fc.record(
    { kind: fc.constantFrom("direct", "relay"), plane: fc.constantFrom("pw0", "pwr1"), via: fc.constantFrom("r", "s") },
    { requiredKeys: ["kind", "plane"] },
  ),
  online: fc.boolean(),
  roundTripMs: fc.double({ min: 0, max: 9, noNaN: true }),
  mtu: fc.integer({ min: 1280, max: 1282 }),
  handshakeAgeSeconds: fc.nat(),
  rxBytes: fc.nat(),
  txBytes: fc.nat(),
  tried: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
  heard: fc.constant(true),
  plane: fc.constantFrom("pw0", "pwx"),
  proven: fc.array(fc.constantFrom("pw0", "pwr1"), { maxLength: 2 }),
};
const peers = fc.array(fc.record(fields, { requiredKeys: ["host", "online", "rxBytes", "txBytes"] }), { maxLength: 3 });

function statusOf(list: readonly PeerStatus[], revision = 1): AgentStatus {
  const parsed = JSON.parse(JSON.stringify(list)) as readonly PeerStatus[];
  return { program: "agent", capability: 1, version: "0", revision, wireguard: "kernel", peers: parsed, clockMs: 0 };
}

const peer: PeerStatus = { host: "a", online: true, roundTripMs: 1.5, rxBytes: 1, txBytes: 2 };

test("what is kept says what was said last, whatever was said before", () => {
  fc.assert(
    fc.property(fc.array(peers, { minLength: 1, maxLength: 4 }), (told) => {
      let kept: AgentStatus | undefined;
      for (const [index, list] of told.entries()) {
        kept = withKeptPeers(kept, statusOf(list, index));
        assert.deepEqual(kept, statusOf(list, index));
      }
    }),
  );
});

test("one field more, less or other is seen where all others stay", () => {
  const values = Object.entries(fields).map(([field, of]): [string, readonly unknown[]] => {
    return [field, fc.sample(of as fc.Arbitrary<unknown>, { seed: 1, numRuns: 5 })];
  });
  const full = Object.fromEntries(values.map(([field, [first]]) => [field, first]));
  for (const [field, others] of values) {
    for (const value of [undefined, ...others]) {
      const [was, is] = [full, { ...full, [field]: value }] as unknown as [PeerStatus, PeerStatus];
      assert.deepEqual(withKeptPeers(statusOf([was]), statusOf([is])), statusOf([is]), field);
      assert.deepEqual(withKeptPeers(statusOf([is]), statusOf([was])), statusOf([was]), field);
    }
  }
});

test("peers of which amounts alone are others stay where they lie", () => {
  const before = statusOf([peer, { ...peer, host: "b" }]);
  const [first, second] = before.peers;
  const now = withKeptPeers(
    before,
    statusOf([
      { ...peer, rxBytes: 10 },
      { ...peer, host: "b", online: false },
    ]),
  );
  assert.equal(now.peers[0], first);
  assert.notEqual(now.peers[1], second);
  assert.equal(now.peers, before.peers);
});
