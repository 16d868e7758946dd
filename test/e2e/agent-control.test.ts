// Agents and control together: what follows from control's death, and from its word that a host is removed.
//
//   internet ──┬── edge-1 (control, relay) ──┬── gateway "home" ──┬── gateway "office"
//                                                 api-1                 api-2
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { StatusAnswer } from "../../src/wire/api.ts";
import type { HostsAnswer } from "../../src/wire/hosts.ts";
import { createLab, type Host, type Lab, type Lan } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import type { LabProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";
import { enrol } from "./enrol.ts";

const file = `
version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [relay], endpoint: edge.example.com:51820 }
  api-1: {}
  api-2: {}
access:
  - { from: [api-1], to: [api-2, edge-1], allow: [icmp] }
  - { from: [edge-1], to: [api-1], allow: [icmp] }
  - { from: [api-1], to: [edge-1], allow: [tcp/9147] }
`;

suite("agents and control", needsRoot, () => {
  let lab: Lab;
  let home: Lan;
  let [edge, api1, api2] = [] as unknown as [Host, Host, Host];
  let control: LabProcess;
  const agents = new Map<Host, LabProcess>();
  const addresses = new Map<string, string>();

  const portway = async <T>(...words: string[]) =>
    JSON.parse((await edge.run(["portway", "--json", ...words])).stdout) as T;
  const startControl = async () => {
    control = edge.start(["portway", "control", "--advertise", "https://edge.example.com:7443"]);
    await waitFor(() => portway("hosts"), { what: "control to answer" });
  };
  const startAgent = (host: Host) =>
    agents.set(host, host.start(["portway", "agent"], { name: `agent-${Date.now()}` }));
  const online = (...names: string[]) =>
    waitFor(
      async () => {
        const { hosts } = await portway<StatusAnswer>("status");
        return names.every((name) =>
          hosts.find((host) => host.name === name)?.agent?.peers.every((peer) => peer.online),
        );
      },
      { what: `${names} to be online`, timeoutMs: 20_000 },
    );
  const ping = async (from: Host, to: string) =>
    (await from.run(["ping", "-n", "-c1", "-W1", addresses.get(to)!], { check: false })).code === 0;

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    home = await lab.nat("home", { kind: "easy" });
    const office = await lab.nat("office", { kind: "hard" });
    [edge, api1, api2] = await Promise.all([
      lab.host("edge-1", { on: internet, names: ["edge.example.com"] }),
      lab.host("api-1", { on: home }),
      lab.host("api-2", { on: office }),
    ]);
    await startControl();
    await edge.writeFile("/run/portway.yaml", file);
    await edge.run(["portway", "apply", "--yes", "/run/portway.yaml"]);
    for (const host of [edge, api1, api2]) {
      await enrol(edge, host);
      startAgent(host);
    }
    for (const { name, ipv4 } of (await portway<HostsAnswer>("hosts")).hosts) addresses.set(name, ipv4);
  });
  after(() => lab.close());

  test("hosts that join reach each other, and control knows it from their probes", async (t) => {
    const startedAt = performance.now();
    await online("edge-1", "api-1", "api-2");
    t.diagnostic(`all online ${Math.round(performance.now() - startedAt)} ms after the last agent was started`);
    assert.ok(await ping(api1, "api-2"));
    assert.ok(await ping(edge, "api-1"));
  });

  test("control's metrics are on loopback and, for hosts that a rule lets in, on the overlay, nowhere else", async () => {
    const read = (from: Host, address: string) =>
      from.run(["curl", "-sS", "-m", "3", `http://${address}:9147/metrics`], { check: false });
    for (const [from, address] of [
      [edge, "127.0.0.1"],
      [edge, "[::1]"],
      [api1, addresses.get("edge-1")!],
    ] as const) {
      const isTold = async () => {
        const { code, stdout } = await read(from, address);
        const lines = [
          'portway_host_online{host="api-2"} 1',
          'portway_host_behind_seconds{host="api-2",part="mesh"} 0',
        ];
        return code === 0 && lines.every((line) => stdout.includes(`${line}\n`));
      };
      await waitFor(isTold, { what: `control's metrics at ${address}`, timeoutMs: 20_000 });
    }
    const outside = await read(api1, edge.addresses.ipv4);
    assert.notEqual(outside.code, 0);
    assert.equal(outside.stdout, "");
    assert.notEqual((await read(api2, addresses.get("edge-1")!)).code, 0, "no rule lets api-2 ask");
  });

  test("the tunnel outlives control, and comes up again without it after everything on a host was killed", async () => {
    const pings = await pinger(api1, addresses.get("edge-1")!);
    control.kill("SIGKILL");
    await control.exited;
    assert.ok(await ping(edge, "api-1"));
    for (const { pid, command } of api2.processes())
      if (/wireguard-go|portway|main\.ts/.test(command)) process.kill(pid, "SIGKILL");
    await agents.get(api2)!.exited;
    assert.ok(!(await ping(api1, "api-2")));
    startAgent(api2);
    await waitFor(() => ping(api1, "api-2"), { what: "api-2 to come back without control", timeoutMs: 20_000 });
    assert.equal((await pings.stop()).lost, 0);
  });

  test("agents find control again", async () => {
    await startControl();
    await online("edge-1", "api-1", "api-2");
  });

  test("a host that moves to another network goes on from there", async (t) => {
    const pings = await pinger(api1, addresses.get("api-2")!);
    await api2.moveTo(home);
    const answered = pings.report().received;
    await waitFor(() => pings.report().received > answered + 5, { what: "api-2 to answer from its new place" });
    t.diagnostic(`no answer for ${Math.round((await pings.stop()).longestGapMs)} ms`);
    await online("edge-1", "api-1", "api-2");
    const endpoints = (await edge.run(["wg", "show", "pwr", "endpoints"])).stdout;
    assert.equal(endpoints.split(`${home.gateway.addresses.ipv4}:`).length, 3, endpoints);
  });

  test("a host that was removed takes its tunnel down, its peers too, and it is refused from then on", async (t) => {
    const removedAt = performance.now();
    await portway("hosts", "remove", "api-1", "--yes");
    assert.equal((await agents.get(api1)!.exited).code, 3);
    t.diagnostic(`agent ended ${Math.round(performance.now() - removedAt)} ms after the removal`);
    assert.equal((await api1.run(["ip", "-brief", "link", "show"])).stdout.includes("pw"), false);
    assert.equal((await api1.run(["nft", "list", "ruleset"])).stdout, "");
    await waitFor(
      async () => (await edge.run(["wg", "show", "all", "allowed-ips"])).stdout.trim().split("\n").length < 2,
      {
        what: "the relay to forget api-1",
      },
    );
    startAgent(api1);
    assert.equal((await agents.get(api1)!.exited).code, 3);
    assert.equal((await api1.run(["ip", "-brief", "link", "show"])).stdout.includes("pw"), false);
  });
});
