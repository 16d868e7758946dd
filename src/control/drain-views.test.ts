import assert from "node:assert/strict";
import { test } from "node:test";
import { drainStateText } from "../wire/drains.ts";
import type { AgentStatus, PeerStatus } from "../wire/stream.ts";
import { type DrainScene, drainView } from "./drain-views.ts";

const fact = { kind: "host", name: "relay-1", by: "ops", startedAt: "", endsAt: "", revision: 5 } as const;
const peer = (host: string, via?: string): PeerStatus => ({
  ...{ host, online: true, rxBytes: 0, txBytes: 0 },
  ...(via !== undefined && { path: { kind: "relay", plane: "pwr1", via } }),
});
const agent = (revision: number, ...peers: readonly PeerStatus[]): AgentStatus => ({
  ...{ program: "agent", capability: 1, version: "0", revision, wireguard: "kernel", peers, clockMs: 0 },
  relays: [{ host: "relay-1", plane: "pwr1", online: true }],
});

function relaysFor(...agents: readonly AgentStatus[]) {
  const heard = new Map(agents.map((status, index) => [`api-${index}`, { streams: [], agent: { atMs: 0, status } }]));
  const spec = { hosts: { "relay-1": { roles: ["relay"] } } } as unknown as DrainScene["spec"];
  const facts = { drains: new Map(), hosts: new Map() };
  return drainView(fact, { facts, spec, heard, nowMs: 0 });
}

test("a relay is not drained as long as some host sends through it, or has not heard of the drain", () => {
  const view = relaysFor(
    agent(5, peer("b", "relay-1")),
    agent(4, peer("c", "relay-2")),
    agent(6, peer("d", "relay-2"), peer("e")),
  );
  assert.deepEqual(view.relaysFor, ["api-0", "api-1"]);
  assert.equal(drainStateText(view), "draining, still passes on packets of 2 hosts");
  assert.deepEqual(relaysFor(agent(5, peer("b", "relay-2"))).relaysFor, []);
});
