// Two hosts behind NATs of their own find a direct way, and their packets move to it and back without a loss.
//
//   internet ──┬── relay-1 ──┬── relay-2 ──┬── gateway "home" ── api-1
//                                          └── gateway "office" ── api-2
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createLab, type Lab, type Lan } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, type AgentNetwork, agentNetwork, reaches } from "./agent-network.ts";

suite("a direct way between two hosts behind NAT", needsRoot, () => {
  let lab: Lab;
  let net: AgentNetwork;
  let [home, office] = [] as unknown as [Lan, Lan];
  let [relay1, relay2, api1, api2] = [] as unknown as [AgentHost, AgentHost, AgentHost, AgentHost];

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    [home, office] = await Promise.all([lab.nat("home", { kind: "easy" }), lab.nat("office", { kind: "easy" })]);
    const hosts = await Promise.all([
      lab.host("relay-1", { on: internet }),
      lab.host("relay-2", { on: internet }),
      lab.host("api-1", { on: home }),
      lab.host("api-2", { on: office }),
    ]);
    net = agentNetwork(lab);
    const relay = (host: (typeof hosts)[0]) =>
      net.join(host, { roles: ["relay"], endpoint: `${host.addresses.ipv4}:51820` });
    [relay1, relay2, api1, api2] = [relay(hosts[0]), relay(hosts[1]), net.join(hosts[2]), net.join(hosts[3])];
    net.apply([{ from: "api-1", to: "api-2", allow: "icmp" }]);
    for (const one of [relay1, relay2, api1, api2]) one.startAgent();
  });
  after(() => lab?.close());

  test("is found, and packets move to it without a loss", async (t) => {
    await reaches(api1, api2);
    const pings = await pinger(api1.host, api2.ipv4(), { intervalMs: 5 });
    await Promise.all([reaches(api1, api2, "pw0"), reaches(api2, api1, "pw0")]);
    const { received } = pings.report();
    await waitFor(() => pings.report().received > received + 200, { what: "what was overtaken to arrive" });
    const { lost, sent } = await pings.stop();
    t.diagnostic(`${lost} of ${sent} pings lost`);
    assert.equal(lost, 0);
  });

  test("no packet is lost when the two ends change planes, whatever the time between: up to ten seconds", async () => {
    for (const one of [api1, api2]) one.agent().kill("SIGKILL"); // nobody but this test moves routes
    await Promise.all([api1, api2].map((one) => one.agent().exited));
    const pings = await pinger(api1.host, api2.ipv4(), { intervalMs: 2 });
    for (const [plane, apartMs] of [
      ["pwr1", 0],
      ["pw0", 0],
      ["pwr1", 1_000],
      ["pw0", 1_000],
      ["pwr1", 10_000],
    ] as const) {
      await sendBy(api1, api2, plane);
      await sleep(apartMs);
      await sendBy(api2, api1, plane);
      const { received } = pings.report();
      await waitFor(() => pings.report().received > received + 200, { what: "what was overtaken to arrive" });
    }
    const { lost, sent } = await pings.stop();
    assert.equal(lost, 0, `of ${sent}`);
    for (const one of [api1, api2]) one.startAgent();
    await Promise.all([reaches(api1, api2, "pw0"), reaches(api2, api1, "pw0")]);
  });

  test("a pair that a rule keeps off relays goes direct or not at all, and finds its way by probes alone", async () => {
    net.apply([{ from: "api-1", to: "api-2", allow: "icmp", relay: "never" }]);
    const passedOn = async (relay: AgentHost, family: 4 | 6) =>
      (await relay.host.run(["nft", "list", "map", "inet", "portway", `passing${family}`])).stdout;
    const isKept = async (relay: AgentHost) =>
      !/elements/.test(await passedOn(relay, 4)) && !(await passedOn(relay, 6)).includes(api1.ipv6());
    for (const relay of [relay1, relay2]) await waitFor(() => isKept(relay), { what: `${relay.host.name} to know` });
    await reaches(api1, api2, "pw0");
    const others = { protocol: "udp", address: office.gateway.addresses.ipv4 } as const;
    await home.gateway.block(others);
    const isOffline = () => api1.status()?.peers[0]?.online === false;
    await waitFor(isOffline, { what: "the direct way to be dark" });
    assert.notEqual((await api1.host.run(["ping", "-nc2", "-W1", api2.ipv4()], { check: false })).code, 0);
    assert.equal(isOffline(), true);
    await home.gateway.unblock();
    await reaches(api1, api2, "pw0");
  });
});

/** Sends one end's packets to the other by that plane, as an agent would. */
async function sendBy(from: AgentHost, to: AgentHost, plane: string): Promise<void> {
  const route = (family: "ipv4" | "ipv6") =>
    `route replace ${to[family]()} dev ${plane} src ${from[family]()} proto 181`;
  await from.host.ip([route("ipv4"), route("ipv6")]);
}
