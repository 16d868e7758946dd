// Two hosts behind NATs that no punching gets through, and relays between them; with the ways in which a relay goes dark.
//
//   internet ──┬── relay-1 ──┬── relay-2 ──┬── relay-3 ──┬── gateway "home" ── api-1
//                                                        └── gateway "office" ── api-2       both NATs are hard
import { setTimeout as sleep } from "node:timers/promises";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, type AgentNetwork, agentNetwork, reaches } from "./agent-network.ts";

export interface RelayLab {
  readonly lab: Lab;
  readonly net: AgentNetwork;
  readonly relays: readonly AgentHost[];
  readonly api1: AgentHost;
  readonly api2: AgentHost;
  /** The relay that carries the packets of this end of the pair now. */
  readonly relayOf: (one: AgentHost) => AgentHost | undefined;
  readonly close: () => Promise<void>;
}

/** What there is to break of a relay. */
export type Relay = Pick<AgentHost, "host" | "agent" | "startAgent" | "status">;

/** A way to break a relay, and to make it whole again. */
export interface Fault {
  readonly what: string;
  readonly make: (relay: Relay) => Promise<unknown>;
  readonly undo: (relay: Relay) => Promise<unknown>;
}

export const relayRules = [{ from: "api-1", to: "api-2", allow: "icmp" }];

/** With agents that have found their way to each other. */
export async function openRelayLab(relayCount = 3): Promise<RelayLab> {
  const lab = createLab();
  const internet = await lab.internet();
  const [home, office] = await Promise.all([lab.nat("home", { kind: "hard" }), lab.nat("office", { kind: "hard" })]);
  const names = Array.from({ length: relayCount }, (_, index) => `relay-${index + 1}`);
  const machines = await Promise.all(names.map((name) => lab.host(name, { on: internet })));
  const ends = await Promise.all([lab.host("api-1", { on: home! }), lab.host("api-2", { on: office! })]);
  const net = agentNetwork(lab);
  const relays = machines.map((host) => {
    return net.join(host, { roles: ["relay"], endpoint: `${host.addresses.ipv4}:51820` });
  });
  const [api1, api2] = ends.map((host) => net.join(host)) as [AgentHost, AgentHost];
  net.apply(relayRules);
  for (const one of [...relays, api1, api2]) one.startAgent();
  const relayOf = (one: AgentHost) => {
    const via = one.status()?.peers[0]?.path?.via;
    return relays.find(({ host }) => host.name === via);
  };
  await Promise.all([reaches(api1, api2), reaches(api2, api1)]);
  const network = { lab, net, relays, api1, api2, relayOf, close: () => lab.close() };
  await allWarm(network);
  return network;
}

const wireguardOf = (host: Host) => host.processes().filter(({ command }) => command.startsWith("wireguard-go"));

/** From the outside it makes no difference, and yet each is another thing to find out. */
export const relayFaults: readonly Fault[] = [
  {
    what: "its processes are killed",
    make: async (relay) => {
      relay.agent().kill("SIGKILL");
      await relay.agent().exited;
      for (const { pid } of wireguardOf(relay.host)) process.kill(pid, "SIGKILL");
      if (relay.status()?.wireguard === "kernel") await relay.host.ip(["link delete pwr"]); // nobody's process
    },
    undo: async (relay) => relay.startAgent(),
  },
  {
    what: "the host is gone",
    make: (relay) => relay.host.linkDown(),
    undo: (relay) => relay.host.linkUp(),
  },
  {
    what: "what comes from one side is dropped",
    make: (relay) => relay.host.block({ protocol: "udp", localPort: 51822, direction: "in", address: homeAddress }),
    undo: (relay) => relay.host.unblock(),
  },
  {
    what: "it forwards no more",
    make: (relay) =>
      relay.host.run([
        ...["nft", "add table inet off; add chain inet off forward"],
        "{ type filter hook forward priority -10; policy drop; }",
      ]),
    undo: (relay) => relay.host.run(["nft", "delete", "table", "inet", "off"]),
  },
];

/** Of the gateway "home": the first that is plugged into the internet. */
const homeAddress = "203.0.113.10";

/** Waits until both ends have left a relay for a proven other one. */
export async function left(network: RelayLab, relay: AgentHost): Promise<void> {
  const { api1, api2, relayOf } = network;
  const isElsewhere = (one: AgentHost) => ![undefined, relay].includes(relayOf(one));
  await waitFor(() => [api1, api2].every(isElsewhere), { what: `both ends to leave ${relay.host.name}` });
}

/** Waits until both ends have sent nothing for so long that they probe the path in use no more than others. */
export async function idle({ api1, api2, relayOf }: RelayLab): Promise<void> {
  const isQuiet = async (one: AgentHost) => {
    const asked = async () => {
      const { stdout } = await one.host.run(["curl", "-s", "http://127.0.0.1:9146/metrics"]);
      const plane = one.status()?.relays?.find(({ host }) => host === relayOf(one)?.host.name)?.plane;
      const lines = stdout.split("\n").filter((line) => line.startsWith("portway_probes_sent_total"));
      return Number(lines.find((line) => line.includes(`"${plane}"`))?.split(" ")[1]);
    };
    const before = await asked();
    await sleep(6_000); // while packets are on their way it is asked once a second
    return (await asked()) - before <= 3;
  };
  await waitFor(async () => (await Promise.all([api1, api2].map(isQuiet))).every(Boolean), {
    ...{ what: "both ends to probe seldom", timeoutMs: 60_000, intervalMs: 500 },
  });
}

/** Waits until every relay answers both ends. */
export async function allWarm({ api1, api2, relays }: RelayLab): Promise<void> {
  const answering = (one: AgentHost) => one.status()?.relays?.filter(({ online }) => online).length;
  const isWarm = () => [api1, api2].every((one) => answering(one) === relays.length);
  await waitFor(isWarm, { what: "all relays to answer", timeoutMs: 60_000 });
}
