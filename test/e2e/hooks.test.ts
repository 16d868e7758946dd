// Commands that the central file has for a host: run by its agent if the host allows it, and undone.
//
//   internet ──┬── api-1        runs commands of its own
//              └── db-1
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { createLab, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, type AgentNetwork, agentNetwork, reaches } from "./agent-network.ts";

const rules = [{ from: "api-1", to: "db-1", allow: "icmp" }];

suite("a host's own commands", needsRoot, () => {
  let lab: Lab;
  let net: AgentNetwork;
  let api1: AgentHost;
  let db1: AgentHost;
  let notes: string;
  const note = (text: string) => ["sh", "-c", `echo "${text}" >>${notes}`];
  const noted = () => (existsSync(notes) ? readFileSync(notes, "utf8").split("\n").slice(0, -1) : []);
  const untilNoted = (lines: readonly string[]) =>
    waitFor(() => noted().join() === lines.join(), { what: `the notes to be ${lines.join()}`, timeoutMs: 30_000 });
  const warned = (code: string) => () => api1.status()?.warnings?.find((one) => one.code === code)?.text;
  const withHooks = (up: string[][], down: string[][]) => {
    net.join(api1.host, { hooks: { up, down, timeoutMs: 1_000 } });
    net.apply(rules);
  };

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    const [one, other] = [await lab.host("api-1", { on: internet }), await lab.host("db-1", { on: internet })];
    net = agentNetwork(lab);
    api1 = net.join(one);
    db1 = net.join(other, { endpoint: `${other.addresses.ipv4}:51820` });
    notes = join(lab.folder, "notes");
    withHooks([["ip", "rule", "add", "iif", "%i", "priority", "900"], note("up %i as $PORTWAY_HOST")], [note("down")]);
    for (const agent of [api1, db1]) agent.startAgent();
    await reaches(api1, db1);
  });
  after(() => lab?.close());

  test("are refused where it allows none, and that is told", async () => {
    await waitFor(warned("hooksRefused"), { what: "the refusal to be told" });
    assert.deepEqual(noted(), []);
  });

  test("are run once where it does, also by the agent after this one", async () => {
    writeFileSync(join(api1.stateDir, "allow-hooks"), "");
    await untilNoted(["up pw0 as api-1"]);
    await waitFor(() => !warned("hooksRefused")(), { what: "the refusal to be over" });
    assert.match((await api1.host.run(["ip", "rule"])).stdout, /^900:.*iif pw0/m);
    api1.agent().kill("SIGKILL");
    await api1.agent().exited;
    api1.startAgent();
    await reaches(api1, db1);
    assert.deepEqual(noted(), ["up pw0 as api-1"]);
  });

  test("are undone and run again with an interface that was made anew", async () => {
    await api1.host.ip(["rule del priority 900", "link del pw0"]);
    await untilNoted(["up pw0 as api-1", "down", "up pw0 as api-1"]);
    await reaches(api1, db1);
  });

  test("that fail or hang are told, and hold up no tunnel", async () => {
    withHooks([["sh", "-c", "sleep 345; true"], note("never")], [note("gone")]);
    const told = "`sh -c 'sleep 345; true'` (hooks, up) failed: took longer than 1 s";
    await waitFor(() => warned("hookFailed")()?.includes(told), { what: "the failure to be told" });
    await reaches(api1, db1);
    const left = () => api1.host.processes().filter(({ command }) => command.includes("sleep 345"));
    await waitFor(() => left().length === 0, { what: "what it started to be killed with it" });
    assert.deepEqual(noted().slice(3), ["down"]);
  });

  test("are undone when the host is taken out, also after its agent was killed", async () => {
    api1.agent().kill("SIGKILL");
    await api1.agent().exited;
    await api1.host.run([process.execPath, `${import.meta.dirname}/agent-teardown.ts`, api1.stateDir]);
    assert.deepEqual(noted().slice(3), ["down", "gone"]);
  });
});
