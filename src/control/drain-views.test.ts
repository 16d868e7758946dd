import assert from "node:assert/strict";
import { test } from "node:test";
import { drainStateText } from "../wire/drains.ts";
import { digestOf } from "../wire/objects.ts";
import type { AgentStatus, PeerStatus } from "../wire/stream.ts";
import { nothingState } from "./desired.ts";
import { type DrainScene, drainView } from "./drain-views.ts";

const fact = { kind: "host", name: "relay-1", by: "ops", startedAt: "", endsAt: "", revision: 5 } as const;
const peer = (host: string, via?: string): PeerStatus => ({
  ...{ host, online: true, rxBytes: 0, txBytes: 0 },
  ...(via !== undefined && { path: { kind: "relay", plane: "pwr1", via } }),
});
const states = { old: digestOf({}), new: digestOf({ drained: "1" }) };
const agent = (holds: keyof typeof states, ...peers: readonly PeerStatus[]): AgentStatus => ({
  ...{ program: "agent", capability: 1, version: "0", revision: 1, wireguard: "kernel", peers, clockMs: 0 },
  ...{ relays: [{ host: "relay-1", plane: "pwr1", online: true }], digest: states[holds] },
});

function relaysFor(agents: readonly AgentStatus[], revision = 5) {
  const names = agents.map((_, index) => `api-${index}`);
  const heard = new Map(agents.map((status, index) => [names[index]!, { streams: [], agent: { atMs: 0, status } }]));
  const spec = { hosts: { "relay-1": { roles: ["relay"] } } } as unknown as DrainScene["spec"];
  const facts = { drains: new Map(), hosts: new Map() };
  const state = { mesh: { objects: { drained: "1" }, digest: states.new }, edge: nothingState };
  const wanted = { revision, hosts: new Map(names.map((name) => [name, state])) };
  return drainView(fact, { facts, spec, heard, nowMs: 0, wanted });
}

test("a relay is not drained as long as some host sends through it, or has not heard of the drain", () => {
  const view = relaysFor([
    agent("new", peer("b", "relay-1")),
    agent("old", peer("c", "relay-2")),
    agent("new", peer("d", "relay-2"), peer("e")),
  ]);
  assert.deepEqual(view.relaysFor, ["api-0", "api-1"]);
  assert.equal(drainStateText(view), "draining, still passes on packets of 2 hosts");
  assert.deepEqual(relaysFor([agent("new", peer("b", "relay-2"))]).relaysFor, []);
});

test("before the drain is compiled nobody has heard of it", () => {
  assert.deepEqual(relaysFor([agent("new", peer("b", "relay-2"))], 4).relaysFor, ["api-0"]);
});
