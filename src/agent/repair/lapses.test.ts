import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Actual, PeerState } from "../overlay/model.ts";
import { createLapses } from "./lapses.ts";

/** A relay with one spoke whose last handshake was at that second of the wall clock. */
function relayOf(handshakeAtSeconds: number): Actual {
  const spoke: PeerState = {
    publicKey: "spoke",
    endpoint: "198.51.100.7:4000",
    allowedIps: ["10.77.0.2/32"],
    keepaliveSeconds: 0,
    handshakeAtSeconds,
    rxBytes: 0,
    txBytes: 0,
  };
  const device = { publicKey: "own", listenPort: 51822, peers: [spoke] };
  const links = new Map([["pwr", { addresses: [], mtu: 1420, up: true, device }]]) as Actual["links"];
  return {
    links,
    routes: [],
    rules: [],
    firewallHolds: () => true,
    settings: new Map(),
    changedSettings: [],
  } as unknown as Actual;
}

function relayAt(wallSeconds: number) {
  const time = { wallMs: wallSeconds * 1000, monotonicMs: 5_000 };
  const lapsed = createLapses({ now: () => time.wallMs, monotonic: () => time.monotonicMs });
  return {
    pass(seconds: number) {
      time.wallMs += seconds * 1000;
      time.monotonicMs += seconds * 1000;
    },
    jump(seconds: number) {
      time.wallMs += seconds * 1000;
    },
    lapsed,
  };
}

describe("a spoke whose session is over", () => {
  test("is added anew where it was heard last, so that what is remembered of its clock is forgotten", () => {
    const { pass, lapsed } = relayAt(1_000);
    assert.deepEqual(lapsed(relayOf(1_000)), []);
    pass(179);
    assert.deepEqual(lapsed(relayOf(1_000)), []);
    pass(2);
    const words =
      "peer spoke remove peer spoke endpoint 198.51.100.7:4000 persistent-keepalive 0 allowed-ips 10.77.0.2/32";
    assert.deepEqual(lapsed(relayOf(1_000)), [{ kind: "wg", link: "pwr", words: words.split(" ") }]);
  });

  test("is so by the time that went by, whatever the clock did meanwhile", () => {
    for (const seconds of [-600, 600]) {
      const { pass, jump, lapsed } = relayAt(1_000);
      lapsed(relayOf(1_000));
      jump(seconds);
      pass(100);
      assert.deepEqual(lapsed(relayOf(1_000)), []);
      pass(81);
      assert.equal(lapsed(relayOf(1_000)).length, 1);
    }
  });

  test("is left in peace by an agent that has just started, and when it shakes hands", () => {
    const { pass, lapsed } = relayAt(10_000);
    assert.deepEqual(lapsed(relayOf(1_000)), []);
    pass(150);
    assert.deepEqual(lapsed(relayOf(10_140)), []);
    pass(150);
    assert.deepEqual(lapsed(relayOf(10_140)), []);
  });

  test("has nothing to be forgotten once it was added anew", () => {
    const { pass, lapsed } = relayAt(1_000);
    lapsed(relayOf(0));
    pass(1_000);
    assert.deepEqual(lapsed(relayOf(0)), []);
  });
});
