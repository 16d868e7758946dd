// Drains by the command line, from control to the requests of a client and back to what status shows.
//
//   internet ───┬──────────────┬──────────────┬──
//             edge-1      gateway "home"    client: a WebSocket and event streams that go on
//    control, edge, API     ──┬────────
//                           api-1
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { StatusAnswer } from "../../src/wire/api.ts";
import type { DrainsAnswer } from "../../src/wire/drains.ts";
import { startApi } from "../lab/api.ts";
import { needsRoot } from "../lab/needs-root.ts";
import type { LabProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";
import { kill, openSystem, pidsOf, publicName, type System, yaml } from "./system.ts";

const chat = "  - { name: live, hosts: [api.example.com], paths: [/chat/], service: chat, maxBody: 64KiB }\n";
const file = yaml
  .replace("roles: [edge, relay],", "roles: [edge, relay], tags: [api],")
  .replace("routes:", "  chat: { targets: [tag:api], port: 8080 }\nroutes:")
  .replace("tls:", `${chat}tls:`);

suite("portway drain", { ...needsRoot, timeout: 240_000 }, () => {
  let system: System;
  before(async () => {
    system = await openSystem();
    await startApi(system.edge);
    await system.apply(file);
    await system.answers("/chat/", "200");
  });
  after(() => system?.close());

  const portway = (...words: string[]) => system.portway(system.edge, ...words);
  const ok = (...words: string[]) => system.ok(system.edge, ...words);
  const drains = async () => (JSON.parse(await ok("drain", "--list", "--json")) as DrainsAnswer).drains;
  const live = (name: string, ...words: string[]) => system.client.start(words, { name });
  const socket = (path: string) =>
    live("socket", process.execPath, join(import.meta.dirname, "system-socket.ts"), publicName, path);
  const events = (path: string) => live("events", "curl", "-skN", `https://${publicName}${path}`);
  /** Waits until it has said something more. */
  const goesOn = async (one: LabProcess) => {
    const before = one.logText().length;
    await waitFor(() => one.logText().length > before, { what: `more from ${one.name}` });
  };
  /** The servers of 12 requests. */
  const servedBy = async (path: string) => {
    const url = `https://${publicName}${path}?[1-12]`;
    const { stdout } = await system.client.run(["curl", "-sk", "-m5", "-D-", "-o", "/dev/null", url], { check: false });
    return [...new Set([...stdout.matchAll(/x-served-by: (\S+)/gi)].map(([, name]) => name!))].sort();
  };

  const restarts = async (command: RegExp) => {
    const old = pidsOf(system.edge, command);
    kill(system.edge, command);
    await waitFor(() => pidsOf(system.edge, command).some((pid) => !old.includes(pid)), { what: `another ${command}` });
  };

  test("a service takes no new requests and keeps its streams until the deadline, over restarts of control and edge", async () => {
    const ended = [socket("/"), events("/events")];
    const other = socket("/chat/");
    for (const one of [...ended, other]) await goesOn(one);
    await ok("drain", "service:api", "--deadline", "1h");
    await system.answers("/", "503");
    const { stdout } = await system.client.run(["curl", "-sk", "-D-", `https://${publicName}/`]);
    assert.match(stdout, /retry-after: 10/i);
    assert.equal(await system.ask("/chat/"), "200");
    for (const one of [...ended, other]) await goesOn(one);
    for (const program of [/main\.ts control/, /main\.ts edge/]) await restarts(program);
    const left = async () => (await drains().catch(() => []))[0]?.left;
    const isTold = async () => {
      assert.deepEqual(await left(), { requests: 2, webSockets: 1, eventStreams: 1 });
      return true;
    };
    await waitFor(isTold, { what: "what is left to be told", timeoutMs: 20_000 });
    assert.match(await ok("status"), /service:api +draining +2 requests: 1 WebSocket, 1 event stream/);
    assert.equal(((await system.status()) as StatusAnswer).drains[0]!.left.requests, 2);
    assert.equal(await system.ask("/"), "503");
    for (const one of [...ended, other]) await goesOn(one);

    const waited = await portway("drain", "service:api", "--deadline", "1s", "--wait");
    assert.deepEqual([waited.code, /service:api: drained/.test(waited.stderr)], [0, true], waited.stderr);
    assert.match(waited.stderr, /service:api was drained already: it has a new deadline/);
    await waitFor(() => ended.every((one) => !one.running()), { what: "both to be ended" });
    await goesOn(other);
    await other.stop();
    assert.match(await ok("audit"), /system +drain\.done +service:api/);
    assert.equal(await ok("undrain", "service:api"), "service:api is served again\n");
    await system.answers("/", "200");
  });

  test("a host gets nothing new while others do, also in a new nginx", async () => {
    await waitFor(async () => (await servedBy("/")).length === 2, { what: "both hosts to serve" });
    const chosen = socket("/chat/");
    await goesOn(chosen);
    await ok("drain", "api-1", "--deadline", "1h");
    await waitFor(async () => (await servedBy("/")).join() === "edge-1", { what: "edge-1 alone to serve" });
    await restarts(/^nginx: /);
    await system.answers("/", "200");
    assert.deepEqual([await servedBy("/"), await servedBy("/chat/")], [["edge-1"], ["edge-1"]]);
    const last = await portway("drain", "edge-1", "--deadline", "0s", "--wait");
    assert.equal(last.code, 0, last.stderr);
    assert.match(last.stderr, /service api has no target left/);
    assert.equal(await system.ask("/"), "503");
    await ok("undrain", "api-1");
    await waitFor(async () => (await servedBy("/")).join() === "api-1", { what: "api-1 alone to serve" });
    await ok("undrain", "host:edge-1");
    await chosen.stop();
  });

  test("a route's drain goes when the file has the route no more", async () => {
    await ok("drain", "live");
    await system.answers("/chat/", "503");
    assert.equal(await system.ask("/"), "200");
    await system.apply(file.replace(chat, ""));
    assert.deepEqual(await drains(), []);
    await system.apply(file);
    await system.answers("/chat/", "200");
  });

  test("what cannot be drained is refused with what to do", async () => {
    for (const [words, status, said] of [
      [["api"], 1, /api is a route and a service.*service:api/s],
      [["chta"], 1, /nothing named chta.*did you mean chat\?/s],
      [["chat", "--deadline", "8d"], 2, /more than 7d/],
      [["chat", "--deadline", "soon"], 2, /not a duration/],
      [["--wait"], 2, /needs a name/],
      [["chat", "--list"], 2, /goes with no name/],
    ] as const) {
      const ran = await portway("drain", ...words);
      assert.deepEqual([ran.code, said.test(ran.stderr)], [status, true], `${words.join(" ")}: ${ran.stderr}`);
    }
    assert.match((await portway("undrain", "chat")).stderr, /chat is not drained/);
    assert.equal(await ok("drain", "--list"), "nothing is drained\n");
  });
});
