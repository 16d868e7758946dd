// What becomes of a network whose control is away or errs, and of hosts that come and go.
//
//   internet ──┬── edge-1 (control, relay) ──┬── gateway "home" ── api-1, moves to ──┐
//                                            ├── gateway "cafe" ────────────────────┘
//                                            └── gateway "office" (hard) ── api-2, moves to home
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { StatusAnswer } from "../../src/wire/api.ts";
import type { AuditAnswer } from "../../src/wire/audit.ts";
import type { HostsAnswer } from "../../src/wire/hosts.ts";
import { createLab, type Host, type Lab, type Lan } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import type { LabProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";
import { enrol } from "./enrol.ts";
import { jumpingClock } from "./system.ts";

const file = `
version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [relay], endpoint: edge.example.com:51820 }
  api-1: { grace: 2m }
  api-2: { ephemeral: true }
access:
  - { from: [api-1], to: [api-2, edge-1], allow: [icmp] }
  - { from: [edge-1], to: [api-1], allow: [icmp] }
`;
const clockFile = "/run/root/clock";
const agentClockFile = "/run/root/agent-clock";
const tenMinutesMs = 600_000;
const agentFolder = "/var/lib/portway/agent";

suite("a network", { ...needsRoot, timeout: 180_000 }, () => {
  let lab: Lab;
  let [home, cafe] = [] as unknown as [Lan, Lan];
  let [edge, api1, api2] = [] as unknown as [Host, Host, Host];
  let control: LabProcess;
  const agents = new Map<Host, LabProcess>();
  const addresses = new Map<string, string>();

  const portway = async <T>(...words: string[]) =>
    JSON.parse((await edge.run(["portway", "--json", ...words])).stdout) as T;
  const status = async () =>
    JSON.parse((await edge.run(["portway", "--json", "status"], { check: false })).stdout) as StatusAnswer;
  const startControl = async () => {
    const words = ["portway", "control", "--advertise", "https://edge.example.com:7443"];
    control = edge.start(words, { env: jumpingClock(clockFile) });
    await waitFor(() => portway("hosts"), { what: "control to answer" });
  };
  const startAgent = (host: Host) =>
    agents.set(host, host.start(["portway", "agent"], { name: "agent", env: jumpingClock(agentClockFile) }));
  const complete = (what: string, timeoutMs = 40_000) =>
    waitFor(
      async () => {
        const { hosts } = await status();
        return hosts.length === 3 && hosts.every(({ agent }) => agent?.peers.every(({ online }) => online));
      },
      { what: `every tunnel to answer ${what}`, timeoutMs, intervalMs: 100 },
    );
  const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1);
  const leavings = async () =>
    (await portway<AuditAnswer>("audit")).entries.filter(({ action }) => /host\.(stale|gone|remove)/.test(action));
  /** Ends what runs of Portway on a host as a power cut does, its tunnels too. */
  const crash = async (host: Host) => {
    for (const { pid, command } of host.processes())
      if (/wireguard-go|main\.ts/.test(command)) process.kill(pid, "SIGKILL");
    await agents.get(host)!.exited;
  };

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    const lans = await Promise.all([
      lab.nat("home", { kind: "easy" }),
      lab.nat("cafe", { kind: "easy" }),
      lab.nat("office", { kind: "hard" }),
    ]);
    [home, cafe] = [lans[0]!, lans[1]!];
    [edge, api1, api2] = await Promise.all([
      lab.host("edge-1", { on: internet, names: ["edge.example.com"] }),
      lab.host("api-1", { on: home }),
      lab.host("api-2", { on: lans[2]! }),
    ]);
    await api1.run(["sh", "-c", `mkdir -p ${agentFolder} && mount -t tmpfs -o size=1m,mode=0700 tmpfs ${agentFolder}`]);
    await startControl();
    await edge.writeFile("/run/portway.yaml", file);
    await edge.run(["portway", "apply", "--yes", "/run/portway.yaml"]);
    for (const host of [edge, api1, api2]) {
      await enrol(edge, host);
      startAgent(host);
    }
    for (const { name, ipv4 } of (await portway<HostsAnswer>("hosts")).hosts) addresses.set(name, ipv4);
    await complete("at the start");
  });
  after(() => lab?.close());

  test("lets go of nobody when control's clock jumps by ten minutes, and warns of clocks alone", async () => {
    for (const [wallMs, where] of [
      [tenMinutesMs, "behind"],
      [-tenMinutesMs, "ahead"],
    ] as const) {
      await edge.writeFile(clockFile, JSON.stringify({ wallMs }));
      const isSkewedAlone = async () => {
        const { hosts, warnings } = await status();
        const isSkew = ({ code, text }: StatusAnswer["warnings"][number]) =>
          code === "clockSkew" && text.includes(where);
        return warnings.length === 3 && warnings.every(isSkew) && hosts.every(({ online }) => online);
      };
      await waitFor(isSkewedAlone, { what: `control to see hosts ${where}, and nothing else`, timeoutMs: 30_000 });
      await setTimeout(1_500); // hosts that are away are looked for once a second
    }
    assert.deepEqual(await leavings(), []);
    await edge.writeFile(clockFile, "{}");
  });

  test("has one control at a time: a second one on the same state is refused, and harms nothing", async () => {
    const words = ["portway", "control", "--listen", "127.0.0.1:7999"];
    const second = await edge.run(words, { check: false, timeoutMs: 20_000 });
    assert.equal(second.code, 1);
    assert.match(second.stderr + second.stdout, /another control/);
    assert.ok(control.running());
    await portway("hosts");
  });

  test("follows a host whose disk is full, and says so; the state is kept once there is room", async () => {
    const filled = await api1.run(["dd", "if=/dev/zero", `of=${agentFolder}/filler`, "bs=4k"], { check: false });
    assert.match(filled.stderr, /No space left/);
    await edge.writeFile("/run/portway.yaml", `${file}  - { from: [edge-1], to: [api-1], allow: [tcp/9999] }\n`);
    await edge.run(["portway", "apply", "--yes", "/run/portway.yaml"]);
    const isOpen = async () => (await api1.run(["nft", "list", "ruleset"])).stdout.includes("dport 9999");
    await waitFor(isOpen, { what: "the rule to be in force" });
    const failed = async () => (await status()).warnings.find(({ code }) => code === "agentFailed");
    const warning = await waitFor(failed, { what: "a word of it", timeoutMs: 20_000 });
    assert.match(`${warning.subject} ${warning.text}`, /^api-1 .*ENOSPC/);
    await api1.run(["rm", `${agentFolder}/filler`]);
    await waitFor(async () => !(await failed()), { what: "no word of it", timeoutMs: 40_000 });
    assert.match(await api1.readFile(`${agentFolder}/state.json`), /9999/);
    await complete("with room again");
  });

  test("keeps a host that comes and goes twenty times, and is whole again when it stays", async (t) => {
    for (let turn = 0; turn < 20; turn++) {
      await api1.linkDown();
      await setTimeout(150);
      await api1.linkUp();
      await setTimeout(150);
      const { stdout } = await edge.run(["wg", "show", "pw0", "allowed-ips"]);
      assert.ok(stdout.includes(addresses.get("api-1")!), stdout);
    }
    const stays = performance.now();
    await complete("once it stays");
    t.diagnostic(`flapping_mesh_complete_s ${seconds(stays)}`);
    assert.deepEqual(await leavings(), []);
  });

  test("goes on while control is away for ten minutes: hosts that roam find each other, one that starts again too", async (t) => {
    control.kill("SIGKILL");
    await control.exited;
    const later = JSON.stringify({ wallMs: tenMinutesMs, monotonicMs: tenMinutesMs });
    for (const host of [edge, api1, api2]) await host.writeFile(agentClockFile, later);
    await edge.writeFile(clockFile, later); // which control finds when it starts again
    const answers = (from: Host, to: string) =>
      waitFor(
        async () => (await from.run(["ping", "-n", "-c1", "-W1", addresses.get(to)!], { check: false })).code === 0,
        {
          what: `${to} to answer ${from.name}`,
          timeoutMs: 30_000,
        },
      );
    await Promise.all([api1.moveTo(cafe), api2.moveTo(home)]);
    const roamed = performance.now();
    await Promise.all([answers(api1, "api-2"), answers(api1, "edge-1"), answers(edge, "api-1")]);
    t.diagnostic(`roamed_without_control_s ${seconds(roamed)}`);
    await crash(api2);
    startAgent(api2);
    const started = performance.now();
    await answers(api1, "api-2");
    t.diagnostic(`restarted_without_control_s ${seconds(started)}`);
    await startControl();
    await complete("with control back");
    assert.deepEqual(await leavings(), []);
  });
});
