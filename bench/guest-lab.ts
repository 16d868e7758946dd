// A host with WireGuard in Debian's kernel, in a guest, among hosts in namespaces, with what a real line takes added to its own.
//
//   internet ──┬── edge-1 (control, relay) ──┬── relay-2 ──┬── gateway "home" (hard) ── kernel-1, the guest
//                                                          └── gateway "office" (hard) ── laptop-1
//
// Only edge-1 reaches kernel-1 directly, laptop-1 does so by a relay.
import assert from "node:assert/strict";
import type { StatusAnswer } from "../src/wire/api.ts";
import type { AgentStatus } from "../src/wire/stream.ts";
import { enrol } from "../test/e2e/enrol.ts";
import type { Relay } from "../test/e2e/relay-lab.ts";
import { type PluggedGuest, plugGuest } from "../test/guest/plugged.ts";
import { createLab, type Host, type Lab } from "../test/lab/lab.ts";
import { pinger, pingReport } from "../test/lab/pinger.ts";
import type { LabProcess } from "../test/lab/process.ts";
import { waitFor } from "../test/lab/wait-for.ts";

const file = `version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [relay], endpoint: edge.example.com:51820, address: 10.77.0.1 }
  relay-2: { roles: [relay], endpoint: relay-2.example.com:51820 }
  laptop-1: { address: 10.77.0.3 }
  kernel-1: { address: 10.77.0.2 }
access:
  - { from: [edge-1, laptop-1], to: [kernel-1], allow: [icmp] }
  - { from: [kernel-1], to: [laptop-1], allow: [icmp] }
`;

export const addresses = { kernel: "10.77.0.2", laptop: "10.77.0.3" } as const;

export interface GuestLab {
  readonly edge: Host;
  readonly relays: readonly Relay[];
  readonly laptop: Host;
  /** Laptop-1's agent. */
  readonly laptopAgent: () => LabProcess;
  readonly kernel: PluggedGuest;
  /** Runs a command of Portway on edge-1 and reads what it says. */
  readonly portway: <T>(...words: string[]) => Promise<T>;
  /** What that host's agent says of itself. */
  readonly statusOf: (name: string) => Promise<AgentStatus | undefined>;
  /** Waits until both relays answer kernel-1 and laptop-1. */
  readonly warm: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Commands in an emulated machine take a minute where other work keeps this one busy. */
const slowly = { timeoutMs: 600_000 };

/** When this resolves, kernel-1 and its two peers answer each other. */
export async function openGuestLab({ delayMs }: { readonly delayMs: number }): Promise<GuestLab> {
  const lab = createLab();
  let kernel: PluggedGuest | undefined;
  const close = async () => {
    await kernel?.stop();
    await lab.close();
  };
  try {
    const internet = await lab.internet();
    const home = await lab.nat("home", { kind: "hard" }); // first: faults of relays know its address
    const named = (name: string, site: string) => lab.host(name, { on: internet, names: [`${site}.example.com`] });
    const [edge, relay] = [await named("edge-1", "edge"), await named("relay-2", "relay-2")];
    kernel = await plugGuest("kernel-1", { on: home, delayMs });
    return { ...(await joinAll(lab, edge, relay, kernel)), close };
  } catch (error) {
    const tails = lab.logTails(10);
    await close();
    throw new Error(`${(error as Error).message}\n${tails}`, { cause: error });
  }
}

async function joinAll(lab: Lab, edge: Host, relay: Host, kernel: PluggedGuest): Promise<Omit<GuestLab, "close">> {
  const laptop = await lab.host("laptop-1", { on: await lab.nat("office", { kind: "hard" }) });
  const portway = async <T>(...words: string[]) =>
    JSON.parse((await edge.run(["portway", "--json", ...words], { check: false, timeoutMs: 60_000 })).stdout) as T;
  edge.start(["portway", "control", "--advertise", "https://edge.example.com:7443"]);
  await waitFor(() => portway("hosts"), { what: "control to answer", timeoutMs: 60_000 });
  await edge.writeFile("/run/root/portway.yaml", file);
  await edge.run(["portway", "apply", "--yes", "/run/root/portway.yaml"], { timeoutMs: 60_000 });
  const started = [edge, relay, laptop].map(agentOn);
  for (const { host, startAgent } of started) {
    await enrol(edge, host);
    startAgent();
  }
  const { token } = await portway<{ readonly token: string }>("token", "create", "--host", kernel.name);
  await kernel.run(`portway join --name ${kernel.name} - <<<'${token}'`, slowly);
  const statusOf = async (name: string) =>
    (await portway<StatusAnswer>("status")).hosts.find((host) => host.name === name)?.agent;
  const warm = async () => {
    const isWarm = async (name: string) => reachesAll(await statusOf(name));
    await waitFor(async () => (await isWarm(kernel.name)) && isWarm(laptop.name), {
      ...{ what: "both ends to reach all", timeoutMs: 600_000, intervalMs: 2_000 },
    });
  };
  await warm();
  assert.equal((await statusOf(kernel.name))?.wireguard, "kernel");
  return { edge, relays: started.slice(0, 2), laptop, laptopAgent: started[2]!.agent, kernel, portway, statusOf, warm };
}

function reachesAll(status: AgentStatus | undefined): boolean {
  if (status?.relays?.length !== 2) return false;
  return [...status.relays, ...status.peers].every(({ online }) => online);
}

/** Its agent, which may be started more than once. */
function agentOn(host: Host): Relay {
  let agent: LabProcess | undefined;
  return {
    host,
    agent: () => agent!,
    startAgent: () => {
      agent = host.start(["portway", "agent"]);
    },
    status: () => undefined,
  };
}

/** Pings kernel-1 from its peers, and one of these from it; what was lost of all when it is called. */
export async function pingKernel({ edge, laptop, kernel }: Pick<GuestLab, "edge" | "laptop" | "kernel">) {
  const outside = await Promise.all(
    [edge, laptop].map((host) => pinger(host, addresses.kernel, { intervalMs: pingMs })),
  );
  const words = `ping -D -n -i ${pingMs / 1000} ${addresses.laptop}`;
  await kernel.run(`setsid ${words} >/run/guest/ping 2>&1 & echo $! >/run/guest/ping.pid`);
  return async () => {
    const inside = await kernel.run("kill -INT $(cat /run/guest/ping.pid); sleep 1; cat /run/guest/ping", slowly);
    const [fromEdge, fromLaptop] = await Promise.all(outside.map((one) => one.stop()));
    return { fromEdge: fromEdge!, fromLaptop: fromLaptop!, fromKernel: pingReport(inside.stdout) };
  };
}

const pingMs = Number(process.env["PING_MS"] ?? 50);
