import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { waitFor } from "../../test/lab/wait-for.ts";
import type { Door, Lines } from "../lib/http.ts";
import type { StatusAnswer } from "../wire/api.ts";
import type { AuditAnswer } from "../wire/audit.ts";
import type { HostDetail } from "../wire/hosts.ts";
import type { AgentStatus, StreamMessage } from "../wire/stream.ts";
import { absenceOf, ephemeralMs, firstWordMs } from "./absence.ts";
import { demand, openStream, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";
import type { Heard } from "./statuses.ts";

const file = smallFile
  .replace("/16 }", "/16, grace: 1h }")
  .replace("api-2: { tags: [api] }", "api-2: { tags: [api], grace: 2h }\n  ci-1: { tags: [api], ephemeral: true }");
const hourMs = 3_600_000;

/** A host's stream as an agent follows it. */
async function follow(door: Door) {
  const lines: Lines = await openStream(door, "mesh");
  const messages: StreamMessage[] = [];
  const ended = (async () => {
    for await (const line of lines.lines) messages.push(JSON.parse(line) as StreamMessage);
  })().catch(() => {});
  const saw = (what: string, test: (message: StreamMessage) => boolean) =>
    waitFor(() => messages.find(test), { what, timeoutMs: 15_000 });
  return {
    messages,
    saw,
    close: async () => {
      lines.close();
      await ended;
    },
  };
}
const removes = (key: string) => (message: StreamMessage) => message.type === "delta" && message.removes.includes(key);
const upserts = (key: string) => (message: StreamMessage) => message.type === "delta" && key in message.upserts;

suite("hosts that are away", { timeout: 120_000 }, () => {
  let control: TestControl;
  let edge: Awaited<ReturnType<typeof follow>>;
  const doors = new Map<string, Door>();
  const host = (name: string) => demand<HostDetail>(control.local, "hostGet", { path: { name } });
  const actions = async (subject: string) =>
    (await demand<AuditAnswer>(control.local, "audit", { query: { limit: "200" } })).entries
      .filter((entry) => entry.subject === subject)
      .map(({ action, author }) => `${author} ${action}`);

  before(async () => {
    control = await startTestControl();
    await control.apply(file);
    for (const name of ["edge-1", "api-1", "api-2", "ci-1"]) doors.set(name, await control.join(name));
    edge = await follow(doors.get("edge-1")!);
  });
  after(async () => {
    await edge?.close();
    await control.close();
  });

  test("lose their peers after their grace and not before, keep their address, and the status says so", async () => {
    const streams = await Promise.all(["api-1", "api-2"].map((name) => follow(doors.get(name)!)));
    for (const one of streams) await one.close();
    const { ipv4 } = await host("api-1");
    await waitFor(async () => !(await host("api-1")).connected, { what: "control to notice that api-1 went" });
    control.pass(hourMs + 1);
    await edge.saw("the edge to let go of api-1", removes("pair/api-1"));
    const stale = await host("api-1");
    assert.deepEqual([typeof stale.staleSince, stale.ipv4, stale.joined], ["string", ipv4, true]);
    assert.equal((await host("api-2")).staleSince, undefined); // its own grace is longer
    const { warnings } = await demand<StatusAnswer>(control.local, "status");
    const about = warnings.filter(({ subject }) => subject === "api-1");
    assert.deepEqual(
      about.map(({ code, severity }) => `${code} ${severity}`),
      ["hostStale info"],
    );
    assert.deepEqual((await actions("api-1"))[0], "system host.stale");
  });

  test("are peers again as soon as they return: the first thing they are told has their pairs", async () => {
    const api = await follow(doors.get("api-1")!);
    const first = await api.saw("its state", ({ type }) => type === "snapshot");
    assert.ok(first.type === "snapshot" && "pair/edge-1" in first.objects);
    await edge.saw("the edge to take api-1 up again", upserts("pair/api-1"));
    assert.equal((await host("api-1")).staleSince, undefined);
    assert.deepEqual((await actions("api-1")).slice(0, 2), ["system host.back", "system host.stale"]);
    await api.close();
  });

  test("go for good when they are ephemeral, by the file or by their token, and free their address", async () => {
    const runner = await control.join("runner-7", { tags: ["api"], ephemeral: true });
    const { ipv4, ephemeral } = await host("runner-7");
    assert.equal(ephemeral, true);
    for (const door of [runner, doors.get("ci-1")!]) await (await follow(door)).close();
    await waitFor(async () => !(await host("runner-7")).connected, { what: "control to notice" });
    control.pass(ephemeralMs + 1000);
    await edge.saw("the edge to let go of the runner", removes("pair/runner-7"));
    await waitFor(async () => !(await host("ci-1")).joined, { what: "ci-1 to be out" });
    assert.equal((await refused(control.local, "hostGet", { path: { name: "runner-7" } })).code, "notFound");
    assert.equal((await refused(runner, "selfLeave", { body: {} })).code, "hostRemoved");
    assert.deepEqual((await actions("runner-7"))[0], "system host.gone");
    // No grace: a file that gives the address to another host has it.
    await control.apply(file.replace("db-1: {", `db-1: { address: ${ipv4},`));
    assert.equal((await host("db-1")).ipv4, ipv4);
  });
});

suite("hosts of which nothing was heard yet", { timeout: 60_000 }, () => {
  test("have a while for their first word, however long control has been there, and under another name too", async () => {
    const control = await startTestControl();
    try {
      await control.apply(file);
      control.pass(hourMs);
      const names = async () =>
        (await control.registry.list("hosts/")).entries.map(({ key }) => key.slice("hosts/".length));
      // One that was heard and is gone shows that control has looked: an agent that is about to start stays.
      const heard = await control.join("heard", { ephemeral: true });
      const stream = await follow(heard);
      await control.join("quiet", { ephemeral: true });
      await control.join("quiet-too", { ephemeral: true });
      await demand(control.local, "hostRename", { path: { name: "quiet-too" }, body: { to: "other" } });
      await stream.close();
      const isThere = async () =>
        (await demand<HostDetail>(control.local, "hostGet", { path: { name: "heard" } })).connected;
      await waitFor(async () => !(await isThere()), { what: "control to notice that it went" });
      control.pass(ephemeralMs + 1_000);
      await waitFor(async () => !(await names()).includes("heard"), { what: "the one that was heard to be out" });
      for (const name of ["quiet", "other"]) assert.ok((await names()).includes(name), name);
      control.pass(firstWordMs + ephemeralMs);
      const gone = async () => !(await names()).some((name) => ["quiet", "other"].includes(name));
      await waitFor(gone, { what: "those that never said a word to be out" });
    } finally {
      await control.close();
    }
  });
});

suite("hosts that wait for approval", { timeout: 60_000 }, () => {
  test("are gone for good when they are ephemeral and go, and wait on when they are not", async () => {
    const control = await startTestControl();
    try {
      await control.apply(`${file}join: { approve: true }\n`);
      const runner = await control.join("runner-7", { tags: ["api"], ephemeral: true });
      await control.join("api-1");
      const stream = await follow(runner);
      await stream.saw("that it waits", ({ type }) => type === "waiting");
      control.pass(firstWordMs + ephemeralMs + 1_000);
      const waits = async (name: string) =>
        (await demand<HostDetail>(control.local, "hostGet", { path: { name } })).waitingSince !== undefined;
      assert.equal(await waits("runner-7"), true, "one that is connected is there");
      await stream.close();
      control.pass(firstWordMs + ephemeralMs + 1_000);
      const isGone = async () =>
        (await control.registry.list("hosts/")).entries.every(({ key }) => key !== "hosts/runner-7");
      await waitFor(isGone, { what: "the runner to be gone" });
      assert.equal(await waits("api-1"), true);
    } finally {
      await control.close();
    }
  });
});

suite("how long a host is away", () => {
  const agent = (peer: string, online: boolean): AgentStatus => ({
    program: "agent",
    capability: 1,
    version: "0",
    revision: 1,
    wireguard: "kernel",
    peers: [{ host: peer, online, rxBytes: 0, txBytes: 0 }],
    clockMs: 0,
  });
  const nowMs = 10_000_000;
  const away = (heard: Readonly<Record<string, Heard>>, unheardMs = nowMs) =>
    absenceOf(new Map(Object.entries(heard)), nowMs, () => unheardMs)("api-1");

  test("is from its last word, and not at all while it has a stream", () => {
    assert.equal(away({ "api-1": { streams: ["mesh"], lastSeenMs: 1 } }), undefined);
    assert.equal(away({ "api-1": { streams: [], lastSeenMs: nowMs - 5_000 } }), 5_000);
  });

  test("is not known of the time before control knew it, and hosts get a while to find control", () => {
    assert.equal(away({}, firstWordMs - 1), 0);
    assert.equal(away({}, firstWordMs + 5_000), 5_000);
  });

  test("is nothing while another host reaches it through a tunnel: control may be the one that is cut off", () => {
    const gone: Heard = { streams: [], lastSeenMs: nowMs - 600_000 };
    const reaching = (online: boolean, agoMs: number): Heard => ({
      streams: ["mesh"],
      agent: { status: agent("api-1", online), atMs: nowMs - agoMs },
    });
    assert.equal(away({ "api-1": gone, "edge-1": reaching(true, 1_000) }), undefined);
    assert.equal(away({ "api-1": gone, "edge-1": reaching(false, 1_000) }), 600_000);
    assert.equal(away({ "api-1": gone, "edge-1": reaching(true, ephemeralMs + 1) }), 600_000);
    const justGone: Heard = { streams: [], lastSeenMs: nowMs - 3_000 };
    assert.equal(away({ "api-1": justGone, "edge-1": reaching(true, 2_000) }), 3_000);
  });
});
