// Hosts that move, NATs that forget, relays that come back elsewhere: every tunnel heals by itself.
//
//   internet ──┬── relay-1 ──┬── relay-2 ──┬── db-1 ──┬── gateway "home" ── api-1, moves to ──┐
//                                                      ├── gateway "cafe" ────────────────────┘
//                                                      └── gateway "office" (hard) ── api-2
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { createLab, type Lab, type Lan } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, agentNetwork, handshakeAt, reaches } from "./agent-network.ts";
import { startDownload } from "./download.ts";
import { jumpingClock } from "./system.ts";

suite("tunnels that heal by themselves", needsRoot, () => {
  let lab: Lab;
  let [home, cafe] = [] as unknown as [Lan, Lan];
  let [relay1, relay2, db, api1, api2] = [] as unknown as [AgentHost, AgentHost, AgentHost, AgentHost, AgentHost];
  let clockFile: string;
  const relayOf = (one: AgentHost, name: string) => one.status()?.relays?.find(({ host }) => host === name);

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    const lans = await Promise.all([
      lab.nat("home", { kind: "easy" }),
      lab.nat("cafe", { kind: "easy" }),
      lab.nat("office", { kind: "hard" }),
    ]);
    [home, cafe] = [lans[0]!, lans[1]!];
    const hosts = await Promise.all([
      lab.host("relay-1", { on: internet, names: ["relay-1.example.com"] }),
      lab.host("relay-2", { on: internet }),
      lab.host("db-1", { on: internet }),
      lab.host("api-1", { on: home }),
      lab.host("api-2", { on: lans[2]! }),
    ]);
    const net = agentNetwork(lab);
    relay1 = net.join(hosts[0], { roles: ["relay"], endpoint: "relay-1.example.com:51820" });
    relay2 = net.join(hosts[1], { roles: ["relay"], endpoint: `${hosts[1].addresses.ipv4}:51820` });
    db = net.join(hosts[2], { endpoint: `${hosts[2].addresses.ipv4}:51820` });
    [api1, api2] = [net.join(hosts[3]), net.join(hosts[4])];
    net.apply([
      { from: "api-1", to: "db-1", allow: "any" },
      { from: "api-1", to: "api-2", allow: "icmp" },
    ]);
    for (const one of [relay1, relay2, db, api2]) one.startAgent();
    clockFile = join(api1.stateDir, "clock.json");
    api1.startAgent(jumpingClock(clockFile));
    const direct = [reaches(api1, db, "pw0"), reaches(db, api1, "pw0")];
    await Promise.all([...direct, reaches(api1, api2), reaches(api2, api1)]);
  });
  after(() => lab?.close());

  test("a download goes on, on its one connection, when its host moves to another network", async (t) => {
    const download = await startDownload([db.host, db.ipv4()], api1.host, { megabytes: 40, rate: 8 });
    await download.arrived(8);
    const pings = await pinger(api1.host, db.ipv4());
    const before = await handshakeAt(db, "pw0", api1);
    await api1.host.moveTo(cafe);
    const movedAt = Date.now();
    await waitFor(async () => (await handshakeAt(db, "pw0", api1)) > before, { what: "a new handshake" });
    t.diagnostic(`new handshake after ${Date.now() - movedAt} ms`);
    await download.whole;
    t.diagnostic(`no answers for ${Math.round((await pings.stop()).longestGapMs)} ms`);
    await waitFor(() => api1.status()?.events?.some(({ kind }) => kind === "host.roamed"), { what: "the event" });
    await reaches(api1, api2);
  });

  test("a NAT that forgets its mappings and gives others heals under traffic", async (t) => {
    const pings = await pinger(api1.host, api2.ipv4());
    // An interface that goes down takes the mappings of its masquerade with it.
    await cafe.gateway.run(["nft", "flush", "chain", "inet", "nat", "out"]);
    const rule = "oifname wan meta nfproto ipv4 masquerade random";
    await cafe.gateway.run(["nft", "add", "rule", "inet", "nat", "out", ...rule.split(" ")]);
    await cafe.gateway.run([
      "sh",
      "-c",
      "r=$(ip route show default) && ip link set wan down && ip link set wan up && ip route add $r",
    ]);
    const { received } = pings.report();
    await waitFor(() => pings.report().received > received + 50, { what: "answers by the new mapping" });
    t.diagnostic(`no answers for ${Math.round((await pings.stop()).longestGapMs)} ms`);
    await Promise.all([reaches(api1, db, "pw0"), reaches(api1, api2), reaches(api2, api1)]);
  });

  test("a host that was suspended for an hour is back as soon as it goes on", async (t) => {
    const signal = (name: NodeJS.Signals) => {
      for (const { pid } of api1.host.processes()) process.kill(pid, name);
    };
    const sees = (online: boolean) => db.status()?.peers.find(({ host }) => host === "api-1")?.online === online;
    signal("SIGSTOP");
    try {
      await waitFor(() => sees(false), { what: "db-1 to miss api-1" });
      const hourMs = 3_600_000;
      writeFileSync(clockFile, JSON.stringify({ wallMs: hourMs, monotonicMs: hourMs }));
    } finally {
      signal("SIGCONT");
    }
    const wokenAt = Date.now();
    const pings = await pinger(api1.host, db.ipv4());
    t.diagnostic(`an answer after ${Date.now() - wokenAt} ms`);
    await pings.stop();
    await waitFor(() => sees(true), { what: "db-1 to reach api-1" });
    await Promise.all([reaches(api1, db, "pw0"), reaches(api1, api2), reaches(api2, api1)]);
  });

  test("a relay that comes back at another address is looked up again, and status tells what was tried", async () => {
    await waitFor(() => relayOf(api2, "relay-1")?.online, { what: "relay-1 to answer" });
    const old = relay1.host.addresses.ipv4;
    await relay1.host.moveTo(await lab.internet());
    const tried = await waitFor(() => relayOf(api2, "relay-1")?.tried, { what: "repairs" });
    assert.match(tried[0]!, /looked relay-1\.example\.com:51822 up again/);
    for (const one of [api1, api2, relay2, db]) {
      const renamed = `sed 's/${old.replaceAll(".", "\\.")} /${relay1.host.addresses.ipv4} /' /etc/hosts >/run/hosts && cat /run/hosts >/etc/hosts`;
      await one.host.run(["sh", "-c", renamed]);
    }
    for (const one of [api1, api2])
      await waitFor(() => relayOf(one, "relay-1")?.online, {
        what: `relay-1 to answer ${one.host.name}`,
        timeoutMs: 30_000,
      });
    assert.equal(relayOf(api2, "relay-1")?.tried, undefined);
    await waitFor(() => api2.status()?.events?.some(({ kind }) => kind === "relay.back"), { what: "the event" });
  });
});
