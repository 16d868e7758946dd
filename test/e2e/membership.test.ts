// How hosts come and go, by the command line, with real agents and tunnels:
//
//   internet ──┬── edge-1 (control, agent) ──┬── api-1 ──┬── api-2
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { StatusAnswer, TokenCreated } from "../../src/wire/api.ts";
import type { HostDetail } from "../../src/wire/hosts.ts";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import type { LabProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";
import { enrol } from "./enrol.ts";

const file = `
version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
join: { approve: true }
hosts:
  edge-1: { endpoint: edge.example.com:51820 }
  api-1: { endpoint: api-1.example.com:51820, grace: 5s }
  api-2: {}
access:
  - { from: [all], to: [all], allow: [icmp] }
`;

suite("membership", { ...needsRoot, timeout: 240_000 }, () => {
  let lab: Lab;
  let [edge, api1] = [] as unknown as [Host, Host];
  let control: LabProcess;
  const agents = new Map<Host, LabProcess>();

  const ok = async (...words: string[]) => (await edge.run(["portway", ...words])).stdout;
  const portway = async <T>(...words: string[]) => JSON.parse(await ok("--json", ...words)) as T;
  const status = async () =>
    JSON.parse((await edge.run(["portway", "--json", "status"], { check: false })).stdout) as StatusAnswer;
  const startAgent = (host: Host) =>
    agents.set(host, host.start(["portway", "agent"], { name: `agent-${agents.size}-${Date.now()}` }));
  const edgeLog = () => agents.get(edge)!.logText();
  const show = (name: string) => portway<HostDetail>("hosts", "show", name);
  const pings = (from: Host, address: string) =>
    waitFor(async () => (await from.run(["ping", "-n", "-c1", "-W1", address], { check: false })).code === 0, {
      what: `an answer of ${address} to ${from.name}`,
      timeoutMs: 20_000,
    });

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    [edge, api1] = await Promise.all([
      lab.host("edge-1", { on: internet, names: ["edge.example.com"] }),
      lab.host("api-1", { on: internet, names: ["api-1.example.com"] }),
    ]);
    control = edge.start(["portway", "control", "--advertise", "https://edge.example.com:7443"]);
    await waitFor(() => portway("hosts"), { what: "control to answer" });
    await edge.writeFile("/run/portway.yaml", file);
    await ok("apply", "--yes", "/run/portway.yaml");
  });
  after(() => lab.close());

  test("a host waits for approval and says so; approved, it has its tunnel without a restart", async (t) => {
    await enrol(edge, edge);
    await enrol(edge, api1);
    startAgent(edge);
    startAgent(api1);
    await waitFor(() => agents.get(api1)!.logText().includes("waits for approval"), { what: "the agent to say so" });
    assert.match(await ok("hosts"), /api-1 .*waits for approval/);
    assert.equal(typeof (await show("api-1")).waitingSince, "string");
    const { warnings, hosts } = await status();
    assert.match(warnings.find(({ subject }) => subject === "api-1")!.hint, /portway approve api-1/);
    assert.equal((await api1.run(["ip", "-brief", "link", "show"])).stdout.includes("pw0"), false);

    await ok("approve", "edge-1");
    const startedAt = performance.now();
    assert.match(await ok("approve", "api-1"), /api-1 has joined/);
    await pings(edge, hosts.find(({ name }) => name === "api-1")!.ipv4);
    t.diagnostic(`first answer ${Math.round(performance.now() - startedAt)} ms after the approval`);
    const again = await edge.run(["portway", "approve", "api-1"], { check: false });
    assert.match(again.stderr, /api-1 has joined already/);
  });

  test("can tells by which rule and way one host reaches another, or where its packets end", async () => {
    await waitFor(async () => (await show("edge-1")).agent?.peers.every(({ path }) => path), { what: "a path" });
    const yes = await ok("can", "edge-1", "api-1", "icmp");
    assert.match(yes, /^yes: edge-1 can reach api-1 on icmp, by the rule on line 10: from all to all: icmp\n/);
    assert.match(yes, /edge-1 +route .* by pw0 \(direct\), as it goes now/);
    const no = await edge.run(["portway", "can", "edge-1", "api-1", "tcp/22"], { check: false });
    assert.deepEqual(
      [no.code, /^no: .*\n +x +api-1 +rule +no rule allows tcp\/22; nearest is the rule on line \d+, /.test(no.stdout)],
      [1, true],
    );
    const odd = await edge.run(["portway", "can", "edge-1", "api-1", "tcp/1-9"], { check: false });
    assert.deepEqual([odd.code, /not one thing/.test(odd.stderr)], [2, true]);
  });

  test("a range that overlaps a host's own network is refused at join, and named by plan and status", async () => {
    const { token } = await portway<TokenCreated>("token", "create", "--host", "api-2");
    const crowded = await lab.host("crowded", { on: await lab.internet() });
    await crowded.ip(["link add docker0 type bridge", "addr add 10.77.5.1/24 dev docker0", "link set docker0 up"]);
    const refused = await crowded.run(["portway", "join", token, "--name", "api-2"], { check: false });
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /api-2 has a network of its own, 10\.77\.5\.0\/24 \(docker0\), within 10\.77\.0\.0\/16/,
    );
    await edge.ip(["link add docker0 type bridge", "addr add 172.30.0.1/16 dev docker0", "link set docker0 up"]);
    await edge.writeFile("/run/other.yaml", file.replace("10.77.0.0/16", "172.30.0.0/20"));
    const named = /172\.30\.0\.0\/16 \(docker0\) is a network of edge-1 itself and overlaps 172\.30\.0\.0\/20/;
    const plan = async () => (await edge.run(["portway", "plan", "/run/other.yaml"], { check: false })).stdout;
    agents.get(edge)!.kill("SIGKILL");
    await agents.get(edge)!.exited;
    startAgent(edge); // its agent looks at such networks once a minute
    await waitFor(async () => named.test(await plan()), { what: "plan to name the network", timeoutMs: 30_000 });
    await edge.ip(["link del docker0"]);
  });

  test("a host that is away for longer than its grace is let go of, and is back as soon as it returns", async (t) => {
    const { ipv4 } = await show("api-1");
    const peers = async () => (await edge.run(["wg", "show", "pw0", "allowed-ips"])).stdout;
    assert.match(await peers(), new RegExp(ipv4));
    agents.get(api1)!.kill("SIGKILL");
    await agents.get(api1)!.exited;
    await waitFor(async () => !(await peers()).includes(ipv4), { what: "the edge to let go of it", timeoutMs: 30_000 });
    assert.match(await ok("hosts"), /api-1 .*away, seen/);
    startAgent(api1);
    await waitFor(() => agents.get(api1)!.logText().includes("connected to control"), { what: "api-1 to return" });
    const startedAt = performance.now();
    await pings(edge, ipv4);
    t.diagnostic(`first answer ${Math.round(performance.now() - startedAt)} ms after the agent found control`);
    assert.equal((await show("api-1")).staleSince, undefined);
  });

  test("a host that is renamed keeps its tunnel: no packet is lost, nothing of WireGuard changes", async () => {
    await waitFor(async () => (await show("api-1")).online, { what: "api-1 to be back for good" });
    const { ipv4 } = await show("api-1");
    const flow = await pinger(edge, ipv4);
    const [peersBefore, logBefore] = [(await edge.run(["wg", "show", "pw0", "peers"])).stdout, edgeLog()];
    await ok("hosts", "rename", "api-1", "orders-1", "--file", "/run/portway.yaml");
    await waitFor(() => agents.get(api1)!.logText().includes("by another name now"), { what: "the agent to know" });
    await waitFor(async () => (await show("orders-1")).online, { what: "orders-1 to be online" });
    assert.equal((await show("orders-1")).ipv4, ipv4);
    assert.equal((await edge.run(["wg", "show", "pw0", "peers"])).stdout, peersBefore);
    assert.doesNotMatch(edgeLog().slice(logBefore.length), /"command":"wg set/);
    assert.equal((await flow.stop()).lost, 0);
    const { code } = await edge.run(["portway", "plan", "/run/portway.yaml"], { check: false });
    assert.equal(code, 0); // the file on disk has the new name too
  });

  test("a copied disk does not fight: the copy is refused, named, and takes its tunnels down", async () => {
    const copy = await lab.host("copy", { on: await lab.internet() });
    const disk = (
      await api1.run(["sh", "-c", "tar cz -C /var/lib/portway identity agent/keys agent/state.json | base64 -w0"])
    ).stdout;
    await copy.writeFile("/run/root/disk", disk);
    await copy.run(["sh", "-c", "mkdir -p /var/lib/portway && base64 -d /run/root/disk | tar xz -C /var/lib/portway"]);
    startAgent(copy);
    assert.equal((await agents.get(copy)!.exited).code, 3);
    assert.match(agents.get(copy)!.logText(), /another machine is connected as orders-1.*tunnels are taken down/);
    assert.equal((await copy.run(["ip", "-brief", "link", "show"])).stdout.includes("pw0"), false);
    const { warnings } = await status();
    assert.match(
      warnings.find(({ code }) => code === "hostCloned")!.text,
      /^orders-1 is two machines with one identity/,
    );
    const left = await copy.run(["portway", "leave"], { timeoutMs: 60_000 });
    assert.match(left.stdout, /this machine is not orders-1 any more; nothing of Portway is left here/);
    assert.match(left.stderr, /orders-1 stays a member: another machine/);
    assert.equal((await show("orders-1")).joined, true);
    await pings(edge, (await show("orders-1")).ipv4);
  });

  test("the agent of a host that is turned away ends", async () => {
    const api2 = await lab.host("api-2", { on: await lab.internet() });
    await enrol(edge, api2, "stranger", ["--ephemeral"]);
    startAgent(api2);
    await waitFor(() => agents.get(api2)!.logText().includes("waits for approval"), { what: "the agent to say so" });
    assert.match(await ok("reject", "stranger"), /turned away/);
    assert.equal((await agents.get(api2)!.exited).code, 3);
    assert.match(
      (await edge.run(["portway", "hosts", "show", "stranger"], { check: false })).stderr,
      /there is no host/,
    );
  });

  test("a rule that holds for a time goes by itself, also with control dead", async () => {
    const { ipv4 } = await show("orders-1");
    const rule = "  - { from: [edge-1], to: [orders-1], allow: [tcp/9999], for: 12s }\n";
    const renamed = (await edge.run(["cat", "/run/portway.yaml"])).stdout;
    await edge.writeFile("/run/portway.yaml", `${renamed.trimEnd()}\n${rule}`);
    await ok("apply", "--yes", "/run/portway.yaml");
    const isOpen = async () =>
      (await api1.run(["nft", "list", "table", "inet", "portway"])).stdout.includes("dport 9999");
    await waitFor(isOpen, { what: "the rule to be in force" });
    control.kill("SIGKILL");
    await control.exited;
    await waitFor(async () => !(await isOpen()), { what: "the rule to go", timeoutMs: 40_000, intervalMs: 500 });
    await pings(edge, ipv4); // what holds for ever goes on
  });
});
