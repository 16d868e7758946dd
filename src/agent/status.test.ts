import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PathObject } from "../wire/mesh.ts";
import { exampleMesh } from "./overlay/example.ts";
import type { Actual } from "./overlay/model.ts";
import { newPeer } from "./overlay/simulated-kernel.ts";
import { agentStatus, type StatusFacts } from "./status.ts";

const nowMs = 1_700_000_100_000;
const device = (publicKey: string, handshakeAtSeconds: number, bytes: number) => ({
  publicKey: "",
  listenPort: 0,
  peers: [{ ...newPeer(publicKey), handshakeAtSeconds, rxBytes: bytes, txBytes: 2 * bytes }],
});
const links: Actual["links"] = new Map([
  ["pw0", { mtu: 1420, up: true, addresses: [], device: device("api-1-direct", 1_700_000_090, 100) }],
  ["pwr", { mtu: 1420, up: true, addresses: [], device: device("api-1-relay", 1_700_000_050, 7) }],
]);
const facts: StatusFacts = {
  version: "1.2.3",
  revision: 9,
  wireguard: "kernel",
  mesh: exampleMesh,
  actual: { links } as Actual,
  reach: () => undefined,
  nowMs,
};
const reached =
  (path: PathObject, proven = true) =>
  () => ({ path, proven, isDark: !proven, steadyPlanes: [], roundTripMs: 12.3456 });
const [direct, relay] = exampleMesh.pairs[0]!.paths as [PathObject, PathObject];
const peerOf = (more: Partial<StatusFacts>) => agentStatus({ ...facts, ...more }).peers[0]!;

describe("the status of an agent", () => {
  test("tells of a pair by the path it uses", () => {
    assert.deepEqual(peerOf({ reach: reached(direct) }), {
      host: "api-1",
      path: { kind: "direct", plane: "pw0" },
      online: true,
      roundTripMs: 12.35,
      handshakeAgeSeconds: 10,
      rxBytes: 107,
      txBytes: 214,
      heard: true,
    });
    assert.equal(peerOf({ reach: reached(relay) }).handshakeAgeSeconds, 50);
  });

  test("names the relay between, with its handshake", () => {
    const path = { ...relay, via: "api-2" };
    assert.deepEqual(peerOf({ reach: reached(path) }).path, { kind: "relay", plane: "pwr", via: "api-2" });
    assert.equal(peerOf({ reach: reached(path) }).handshakeAgeSeconds, undefined);
  });

  test("calls nothing online that no packet came back from", () => {
    for (const reach of [facts.reach, reached(direct, false)]) {
      const peer = peerOf({ reach });
      assert.equal(peer.online, false);
      assert.equal(peer.path, undefined);
      assert.equal(peer.roundTripMs, undefined);
    }
  });

  test("says what went wrong, in bounds, and what is held", () => {
    const held = { revision: 9, peers: ["a"], of: 2 };
    const status = agentStatus({ ...facts, error: "x".repeat(1000), held });
    assert.equal(status.error?.length, 500);
    assert.deepEqual(status.held, held);
    assert.deepEqual([status.revision, status.version, status.clockMs], [9, "1.2.3", nowMs]);
  });

  test("knows no peers before there is a state", () => {
    const { mesh: _, ...without } = facts;
    assert.deepEqual(agentStatus(without).peers, []);
  });
});
