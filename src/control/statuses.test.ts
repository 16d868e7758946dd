import assert from "node:assert/strict";
import { test } from "node:test";
import { capability, leastAgentCapability } from "../wire/capability.ts";
import type { AgentStatus, EdgeStatus, PeerStatus } from "../wire/stream.ts";
import { createStatuses, freshMs, type Heard, onlineHosts } from "./statuses.ts";
import { connectingMs, runningWarnings, type Situation } from "./warnings.ts";

const nowMs = 1_000_000;

const peer = (host: string, online: boolean): PeerStatus => ({ host, online, rxBytes: 0, txBytes: 0 });

const agent = (peers: readonly PeerStatus[] = [], change: Partial<AgentStatus> = {}): AgentStatus => ({
  program: "agent",
  capability,
  version: "0.1.0",
  revision: 5,
  wireguard: "kernel",
  peers,
  clockMs: nowMs,
  ...change,
});

const edge = (change: Partial<EdgeStatus> = {}): EdgeStatus => ({
  program: "edge",
  capability: 1,
  version: "0.1.0",
  revision: 5,
  nginx: { running: true, workers: 2 },
  requestsPerSecond: 0,
  errorsPerSecond: 0,
  targets: [],
  clockMs: nowMs,
  ...change,
});

const heardAt = (atMs: number, status: AgentStatus): Heard => ({ streams: [], agent: { status, atMs } });

function situation(change: Partial<Situation> = {}): Situation {
  const heard = new Map<string, Heard>();
  return { nowMs, sinceMs: 0, joined: ["api-1"], missing: [], heard, told: () => undefined, ...change };
}

const codes = (heard: Heard, change: Partial<Situation> = {}) =>
  runningWarnings(situation({ heard: new Map([["api-1", heard]]), ...change })).map(({ code }) => code);

const healthy = heardAt(nowMs, agent([peer("edge-1", true)]));

test("a host is online when a packet came back, by its own word or another's, and not because it is connected", () => {
  const heard = new Map<string, Heard>([
    ["a", heardAt(nowMs, agent([peer("b", true), peer("c", false)]))],
    ["c", { ...heardAt(nowMs, agent([peer("a", false)])), streams: ["mesh"] }],
  ]);
  assert.deepEqual([...onlineHosts(heard, nowMs)].sort(), ["a", "b"]);
});

test("a status that is old makes nobody online", () => {
  const heard = new Map([["a", heardAt(nowMs - freshMs - 1, agent([peer("b", true)]))]]);
  assert.equal(onlineHosts(heard, nowMs).size, 0);
});

test("streams of a host are counted by part, and a host that was forgotten stays so when its stream closes", () => {
  const statuses = createStatuses({ now: () => nowMs, monotonic: () => nowMs });
  statuses.connected("a", "mesh");
  statuses.connected("a", "edge");
  statuses.disconnected("a", "mesh");
  assert.deepEqual(statuses.of("a").streams, ["edge"]);
  statuses.forget("a");
  statuses.disconnected("a", "edge");
  assert.equal(statuses.all().size, 0);
});

test("a host that is well causes no warning", () => {
  assert.deepEqual(codes({ ...healthy, edge: { status: edge(), atMs: nowMs } }), []);
});

test("silence and tunnels without an answer are hostOffline; a host without peers is not expected to have any", () => {
  assert.deepEqual(codes({ streams: ["mesh"] }), ["hostOffline"]);
  assert.deepEqual(codes(heardAt(nowMs, agent([peer("edge-1", false)]))), ["hostOffline"]);
  assert.deepEqual(codes(heardAt(nowMs, agent([]))), []);
});

test("tunnels without an answer are no fault yet of a host whose agent has just come, or come back", () => {
  const silent = heardAt(nowMs, agent([peer("edge-1", false)]));
  assert.deepEqual(codes({ ...silent, agentSinceMs: nowMs - 5_000 }), ["hostConnecting"]);
  assert.deepEqual(codes({ ...silent, agentSinceMs: nowMs - connectingMs }), ["hostOffline"]);
  const statuses = createStatuses({ now: () => nowMs, monotonic: () => nowMs });
  statuses.connected("a", "edge");
  assert.equal(statuses.of("a").agentSinceMs, undefined);
  statuses.connected("a", "mesh");
  assert.equal(statuses.of("a").agentSinceMs, nowMs);
});

test("a host that has just joined is connecting, and its silence is no fault of its peers", () => {
  const joinedAtMs = new Map([["db-1", nowMs - 2_000]]);
  const heard = new Map([["api-1", heardAt(nowMs, agent([peer("db-1", false)]))]]);
  const told = (change: Partial<Situation>) =>
    runningWarnings(situation({ joined: ["api-1", "db-1"], heard, ...change })).map(({ code, subject }) => [
      code,
      subject,
    ]);
  assert.deepEqual(told({ joinedAtMs }), [["hostConnecting", "db-1"]]);
  const offline = ["api-1", "db-1"].map((host) => ["hostOffline", host]);
  assert.deepEqual(told({ joinedAtMs: new Map([["db-1", nowMs - connectingMs]]) }), offline);
});

test("just after control's start nobody is called silent", () => {
  assert.deepEqual(codes({ streams: [] }, { sinceMs: nowMs - 1_000 }), []);
});

test("what an agent or edge complains of becomes a warning that says what to do", () => {
  const peers = [peer("edge-1", true)];
  const held = { revision: 5, peers: ["a", "b", "c"], of: 4 };
  const edgeOf = (change: Partial<EdgeStatus>) => ({ ...healthy, edge: { status: edge(change), atMs: nowMs } });
  const cases: [Heard, string][] = [
    [heardAt(nowMs, agent(peers, { held })), "removalsHeld"],
    [heardAt(nowMs, agent(peers, { error: "no wg" })), "agentFailed"],
    [heardAt(nowMs, agent(peers, { error: "of undefined", capability: leastAgentCapability - 1 })), "agentTooOld"],
    [heardAt(nowMs, agent(peers, { clockMs: nowMs + 61_000 })), "clockSkew"],
    [heardAt(nowMs, agent(peers, { clockMs: nowMs - 600_000 })), "clockSkew"],
    [edgeOf({ snapshotError: "digest" }), "snapshotRefused"],
    [edgeOf({ nginx: { running: true, workers: 1, configError: "emerg" } }), "nginxConfigRefused"],
    [edgeOf({ nginx: { running: false, workers: 0 } }), "nginxDown"],
  ];
  for (const [heard, code] of cases) assert.deepEqual(codes(heard), [code]);
  const [warning] = runningWarnings(situation({ heard: new Map([["api-1", cases[0]![0]]]) }));
  assert.equal(warning?.subject, "api-1");
  assert.match(warning?.hint ?? "", /portway hosts confirm-removals api-1/);
});

test("an nginx that finds its port taken is told with who has it, and not as a fault of the file", () => {
  const configError = "bind() to 0.0.0.0:443 failed (98: Address already in use)";
  const status = edge({ nginx: { running: true, workers: 0, configError } });
  const heard = new Map([["api-1", { ...healthy, edge: { status, atMs: nowMs } }]]);
  const [warning] = runningWarnings(situation({ heard }));
  assert.equal(warning?.text, `api-1 cannot start its nginx: ${configError}`);
  assert.match(warning?.hint ?? "", /`ss -ltnp` names it/);
});

test("what a host's own programs warn of is told as theirs", () => {
  const own = {
    code: "forwardDropped",
    severity: "critical",
    text: "another firewall drops",
    hint: "let it through",
  } as const;
  const heard: Heard = {
    ...heardAt(nowMs, agent([peer("edge-1", true)], { warnings: [own] })),
    edge: {
      status: edge({ warnings: [{ ...own, code: "edgeFailed", severity: "warning", subject: "keys" }] }),
      atMs: nowMs,
    },
  };
  const told = runningWarnings(situation({ heard: new Map([["api-1", heard]]) }));
  assert.deepEqual(
    told.map(({ code, severity, subject, part, text, hint }) => [code, severity, subject, part, text, hint]),
    [
      ["forwardDropped", "critical", "api-1", undefined, "api-1 says: another firewall drops", "let it through"],
      ["edgeFailed", "warning", "api-1", "keys", "api-1 says of keys: another firewall drops", "let it through"],
    ],
  );
});

test("a program that is behind what it was told for a while is lagging, unless it says why", () => {
  const told = (ageMs: number) => ({ told: () => ({ revision: 6, atMs: nowMs - ageMs }) });
  assert.deepEqual(codes(healthy, told(1_000)), []);
  assert.deepEqual(codes(healthy, told(60_000)), ["revisionLag"]);
  const held = { revision: 6, peers: ["a", "b", "c"], of: 4 };
  assert.deepEqual(codes(heardAt(nowMs, agent([peer("edge-1", true)], { held })), told(60_000)), ["removalsHeld"]);
});

test("an edge that has not joined is critical when routes wait for it and no other edge serves", () => {
  const severities = (unserved: readonly string[]) =>
    runningWarnings(situation({ joined: [], missing: ["db-1", "edge-1"], unserved })).map(({ code, severity }) => [
      code,
      severity,
    ]);
  const info = ["hostNotJoined", "info"];
  assert.deepEqual(severities([]), [info, info]);
  assert.deepEqual(severities(["edge-1"]), [info, ["noEdge", "critical"]]);
});

test("hosts of the file that have not joined, and a failed compile, are told", () => {
  const all = runningWarnings(situation({ joined: [], missing: ["db-1"], compileError: "boom" }));
  assert.deepEqual(
    all.map(({ code }) => code),
    ["compileFailed", "hostNotJoined"],
  );
});

test("what was heard a moment ago stays so when control's clock jumps", () => {
  let [wallMs, monotonicMs] = [10_000_000, 0];
  const statuses = createStatuses({ now: () => wallMs, monotonic: () => monotonicMs });
  statuses.connected("api-1", "mesh");
  statuses.report("api-1", agent());
  for (const jumpMs of [600_000, -1_200_000]) {
    wallMs += jumpMs + 1_000;
    monotonicMs += 1_000;
    const { agent, lastSeenMs, agentSinceMs } = statuses.of("api-1");
    const ago = wallMs - monotonicMs;
    assert.deepEqual([agent?.atMs, lastSeenMs, agentSinceMs, statuses.sinceMs()], [ago, ago, ago, ago]);
  }
});
