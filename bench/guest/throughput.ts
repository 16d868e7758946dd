// TCP through Portway's interfaces beside hand-made ones of the same MTU, with WireGuard in the kernel, in turns: from host to
// host, and by a relay beside a machine that forwards between two peers. `ROUNDS=7 SECONDS=1`.
//
//   internet ──┬── to ──┬── from ──┬── relay ──┬── gateway "home" (hard) ── a ──┬── gateway "office" (hard) ── b
//
// Beside each host is a plain-HOST, on the same segment, without Portway. All share one processor, emulated as a rule: agents
// alone would keep it busy. They are stopped, which their tunnels do not mind, once these are in use.
import assert from "node:assert/strict";
import { type AgentHost, agentNetwork, reaches } from "../../test/e2e/agent-network.ts";
import { createLab, type Host, type Lab } from "../../test/lab/lab.ts";
import { pinger } from "../../test/lab/pinger.ts";
import { waitFor } from "../../test/lab/wait-for.ts";
import { median } from "../rig.ts";
import { handMade } from "./hand-made.ts";

const [rounds, seconds] = [Number(process.env["ROUNDS"] ?? 7), Number(process.env["SECONDS"] ?? 1)];

interface Way {
  readonly from: Host;
  readonly to: Host;
  readonly address: string;
}

const kinds = { direct, relayed } as const;
const figures = { direct: "pw0_over_plain_wireguard", relayed: "relay_over_plain_forwarding" } as const;
for (const kind of ["direct", "relayed"] as const) {
  const lab = createLab();
  try {
    await compare(kind, await kinds[kind](lab));
  } finally {
    await lab.close();
  }
}

/** Portway's way and the plain one. */
type Ways = readonly [Way, Way];

async function direct(lab: Lab): Promise<Ways> {
  const on = await lab.internet();
  const [from, to] = [await lab.host("from", { on }), await lab.host("to", { on })];
  const plain = { centre: await lab.host("plain-to", { on }), spokes: [await lab.host("plain-from", { on })] };
  const net = agentNetwork(lab);
  const [one, other] = [from, to].map((host) => net.join(host, { endpoint: `${host.addresses.ipv4}:51820` }));
  net.apply([{ from: "from", to: "to", allow: "any" }]);
  await settle([one!, other!], () => Promise.all([reaches(one!, other!, "pw0"), reaches(other!, one!, "pw0")]));
  await handMade(plain.centre, plain.spokes, await mtuTo(from, other!.ipv4()));
  return [
    { from, to, address: other!.ipv4() },
    { from: plain.spokes[0]!, to: plain.centre, address: "10.9.0.1" },
  ];
}

async function relayed(lab: Lab): Promise<Ways> {
  const on = await lab.internet();
  const [home, office] = [await lab.nat("home", { kind: "hard" }), await lab.nat("office", { kind: "hard" })];
  const [relay, a, b] = [
    await lab.host("relay", { on }),
    await lab.host("a", { on: home }),
    await lab.host("b", { on: office }),
  ];
  const centre = await lab.host("plain-relay", { on });
  const spokes = [await lab.host("plain-a", { on: home }), await lab.host("plain-b", { on: office })];
  const net = agentNetwork(lab);
  const between = net.join(relay, { roles: ["relay"], endpoint: `${relay.addresses.ipv4}:51820` });
  const [one, other] = [net.join(a), net.join(b)];
  net.apply([{ from: "a", to: "b", allow: "any" }]);
  await settle([between, one, other], () => Promise.all([reaches(one, other, "relay"), reaches(other, one, "relay")]));
  await handMade(centre, spokes, await mtuTo(a, other.ipv4()));
  return [
    { from: a, to: b, address: other.ipv4() },
    { from: spokes[0]!, to: spokes[1]!, address: "10.9.0.3" },
  ];
}

/** Starts the agents, waits, and stops them where they are. */
async function settle(agents: readonly AgentHost[], ready: () => Promise<unknown>): Promise<void> {
  for (const one of agents) one.startAgent();
  await ready();
  for (const one of agents) assert.equal(one.status()?.wireguard, "kernel");
  for (const one of agents) one.agent().kill("SIGSTOP");
}

async function compare(kind: keyof typeof kinds, ways: Ways): Promise<void> {
  for (const { to } of ways) to.start(["iperf3", "-s"]);
  for (const { from, address } of ways) await (await pinger(from, address)).stop();
  const megabits: [number, number][] = [];
  for (let round = 0; round < rounds; round++) megabits.push([await measure(ways[0]), await measure(ways[1])]);
  const [portway, plain] = [0, 1].map((index) => median(megabits.map((both) => both[index]!)));
  console.log(`guest_${kind}_portway_mbit_s ${portway!.toFixed(1)}`);
  console.log(`guest_${kind}_plain_mbit_s ${plain!.toFixed(1)}`);
  const ratios = megabits.map(([ours, theirs]) => ours / theirs);
  console.log(`  ${ratios.map((one) => one.toFixed(2)).join(" ")}`);
  console.log(`${figures[kind]} ${median(ratios).toFixed(3)}`);
}

async function measure({ from, address }: Way): Promise<number> {
  const words = ["iperf3", "-c", address, "-t", `${seconds}`, "-O", "1", "-J"];
  const ran = await from.run(words, { timeoutMs: 30_000 });
  const { end } = JSON.parse(ran.stdout) as {
    readonly end: { readonly sum_received: { readonly bits_per_second: number } };
  };
  return end.sum_received.bits_per_second / 1e6;
}

/** The largest packet that goes there whole: the route's, once it is measured. */
function mtuTo(host: Host, address: string): Promise<number> {
  const measured = async () => /\bmtu (\d+)/.exec((await host.run(["ip", "route", "get", address])).stdout)?.[1];
  return waitFor(measured, { what: `the MTU to ${address}` }).then(Number);
}
