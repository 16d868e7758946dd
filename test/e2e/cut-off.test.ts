// A file whose rules cut a host off from control, which it reaches inside the network alone:
//
//   internet ──┬── edge-1 (control at its overlay address) ──┬── api-1
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { SpecDocument, StatusAnswer } from "../../src/wire/api.ts";
import type { AuditAnswer } from "../../src/wire/audit.ts";
import type { HostsAnswer } from "../../src/wire/hosts.ts";
import type { Plan } from "../../src/wire/plan.ts";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import type { LabProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";
import { enrol } from "./enrol.ts";
import { jumpingClock } from "./system.ts";

const pings = `
version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { endpoint: edge.example.com:51820 }
  api-1: {}
access:
  - { from: [edge-1], to: [api-1], allow: [icmp] }
`;
const open = `${pings}  - { from: [api-1], to: [edge-1], allow: [tcp/7443] }\n`;
const path = "/run/portway.yaml";
const clockFile = "/run/root/clock";

suite("a file that cuts hosts off from control", { ...needsRoot, timeout: 240_000 }, () => {
  let lab: Lab;
  let [edge, api] = [] as unknown as [Host, Host];
  let control: LabProcess;
  let inside: string;
  const agents = new Map<Host, LabProcess>();

  const portway = (...words: string[]) => edge.run(["portway", ...words], { check: false, timeoutMs: 30_000 });
  const json = async <T>(...words: string[]) => JSON.parse((await portway("--json", ...words)).stdout) as T;
  const inForce = async () => {
    const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", "http://control/v1/spec"];
    return JSON.parse((await edge.run(words)).stdout) as SpecDocument;
  };
  const startControl = async (url: string) => {
    control = edge.start(["portway", "control", "--advertise", url], { env: jumpingClock(clockFile) });
    await waitFor(() => json("hosts"), { what: "control to answer" });
  };
  const startAgent = (host: Host) =>
    agents.set(host, host.start(["portway", "agent"], { name: "agent", env: jumpingClock(clockFile) }));
  const says = (host: Host, text: string) =>
    waitFor(() => agents.get(host)!.logText().includes(text), { what: `"${text}"`, timeoutMs: 30_000 });
  const reaches = async () => (await api.run(["curl", "-skm1", `${inside}/v1/authority`], { check: false })).code === 0;
  const warned = async () => (await json<StatusAnswer>("status")).warnings.find(({ code }) => code === "specOnTrial");
  /** As if so much time had gone by on every host. */
  let passedMs = 0;
  const pass = async (ms: number) => {
    passedMs += ms;
    for (const host of [edge, api]) await host.writeFile(clockFile, JSON.stringify({ monotonicMs: passedMs }));
  };

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    [edge, api] = await Promise.all([
      lab.host("edge-1", { on: internet, names: ["edge.example.com"] }),
      lab.host("api-1", { on: internet }),
    ]);
    await startControl("https://edge.example.com:7443");
    await edge.writeFile(path, open);
    assert.equal((await portway("apply", "--yes", path)).code, 0);
    for (const host of [edge, api]) {
      await enrol(edge, host);
      startAgent(host);
    }
    const { hosts } = await json<HostsAnswer>("hosts");
    inside = `https://${hosts.find(({ name }) => name === "edge-1")!.ipv4}:7443`;
    await waitFor(async () => (await json<StatusAnswer>("status")).hosts.every(({ online }) => online), {
      what: "the tunnel",
      timeoutMs: 30_000,
    });
    await control.stop();
    await startControl(inside);
    const identity = "/var/lib/portway/identity/identity.json";
    for (const host of [edge, api]) {
      await agents.get(host)!.stop();
      await host.run(["sed", "-i", `s|https://edge.example.com:7443|${inside}|`, identity]);
      startAgent(host);
    }
    for (const host of [edge, api]) await says(host, "connected to control");
    await edge.writeFile(path, pings);
  });
  after(() => lab?.close());

  test("is told by plan, and refused by apply without --force", async () => {
    const { risks } = await json<Plan>("plan", path);
    assert.deepEqual(
      risks.filter(({ code }) => code === "controlCutOff").map(({ severity, text }) => [severity, text]),
      [["critical", "1 of 2 hosts would reach control no more: api-1"]],
    );
    const { code, stderr } = await portway("apply", "--yes", path);
    assert.equal(code, 1);
    assert.match(stderr, /would reach control no more[\s\S]*--force/);
    assert.equal((await inForce()).text, open);
  });

  test("is undone by control and by the host that cannot hear of it, unless a person confirms it", async () => {
    assert.equal((await portway("apply", "--yes", "--force", path)).code, 0);
    await waitFor(async () => !(await reaches()), { what: "api-1 to be cut off" });
    assert.match((await warned())!.text, /undone in \d+ s/);
    control.kill("SIGSTOP"); // what a host does that hears nothing of control
    await pass(60_000);
    await says(edge, "was not confirmed");
    const opens = async () => (await edge.run(["nft", "list", "ruleset"])).stdout.includes("dport 7443");
    await waitFor(opens, { what: "edge-1 to let api-1 in again" });
    control.kill("SIGCONT");
    await waitFor(async () => (await inForce()).text === open, { what: "control to undo it" });
    await waitFor(reaches, { what: "api-1 to reach control" });
    const isTold = async () => {
      const { revision, hosts } = await json<StatusAnswer>("status");
      return hosts.find(({ name }) => name === "api-1")?.agent?.revision === revision;
    };
    await waitFor(isTold, { what: "api-1 to be told", timeoutMs: 60_000 });
    assert.equal(await warned(), undefined);
    const { entries } = await json<AuditAnswer>("audit");
    assert.ok(entries.some(({ action, author }) => action === "spec.undo" && author === "system"));
  });

  test("stays once it is confirmed", async () => {
    assert.equal((await portway("apply", "--yes", "--force", path)).code, 0);
    assert.equal((await portway("apply", "--confirm")).code, 0);
    await pass(60_000);
    assert.equal(await warned(), undefined);
    assert.equal((await inForce()).text, pings);
    assert.match((await portway("apply", "--confirm")).stderr, /no file waits to be confirmed/);
  });
});
