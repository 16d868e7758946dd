// Packets as large as each path carries: found in a moment where something on the way loses larger ones and says nothing,
// told by a router where one tells, and as large as jumbo frames allow.
//
//   internet ──┬── api-1 ──┬── db-1 ──┬── big-1, big-2 (9000) ──┬── gateway "home" (1300, tells) ── api-2
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createLab, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, agentNetwork } from "./agent-network.ts";

const megabytes = 24;
/** Serves so many bytes that differ, and tells their digest. */
const server = `
const bytes = Buffer.alloc(${megabytes} * 2 ** 20, () => 0);
for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
const digest = require("node:crypto").createHash("sha256").update(bytes).digest("hex");
require("node:http").createServer((_, response) => response.end(bytes)).listen(8080, "::", () => console.log(digest));`;

/** 1300 less 60 for IPv4 and WireGuard, in whole blocks of its padding. */
const within1300 = 1232;

suite("the MTU of each path", { ...needsRoot, timeout: 180_000 }, () => {
  let lab: Lab;
  let [api1, api2, db, big1, big2] = [] as unknown as [AgentHost, AgentHost, AgentHost, AgentHost, AgentHost];

  const mtuOf = (from: AgentHost, to: AgentHost) => from.status()?.peers.find(({ host }) => host === to.host.name)?.mtu;
  const measures = (from: AgentHost, to: AgentHost, mtu: number) =>
    waitFor(() => mtuOf(from, to) === mtu || Promise.reject(new Error(`${mtuOf(from, to)}`)), {
      what: `${from.host.name} to measure ${mtu} to ${to.host.name}`,
      timeoutMs: 60_000,
    });
  const routedMtu = async (from: AgentHost, to: string) =>
    Number(/ mtu (\d+)/.exec((await from.host.run(["ip", "route", "get", to])).stdout)?.[1]);

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    const home = await lab.nat("home", { kind: "easy", mtu: 1300 });
    const hosts = await Promise.all([
      lab.host("api-1", { on: internet }),
      lab.host("db-1", { on: internet }),
      lab.host("big-1", { on: internet, mtu: 9000 }),
      lab.host("big-2", { on: internet, mtu: 9000 }),
      lab.host("api-2", { on: home }),
    ]);
    const net = agentNetwork(lab);
    const [one, two, three, four] = hosts.map((host) => {
      return net.join(host, host === hosts[4] ? {} : { endpoint: `${host.addresses.ipv4}:51820` });
    }) as [AgentHost, AgentHost, AgentHost, AgentHost];
    [api1, db, big1, big2] = [one, two, three, four];
    api2 = net.join(hosts[4]!);
    net.apply([
      { from: "api-1", to: "db-1", allow: "any" },
      { from: "big-1", to: "big-2", allow: "any" },
      { from: "big-1", to: "db-1", allow: "icmp" },
      { from: "api-2", to: "db-1", allow: "any" },
    ]);
    for (const one of [api1, api2, db, big1, big2]) one.startAgent();
  });
  after(() => lab?.close());

  test("is that of Ethernet, less what WireGuard adds", async () => {
    await Promise.all([measures(api1, db, 1420), measures(db, api1, 1420)]);
  });

  test("is what a router on the way tells, over NAT too", async () => {
    await Promise.all([measures(api2, db, within1300), measures(db, api2, within1300)]);
    assert.equal(await routedMtu(api2, db.ipv4()), within1300);
    assert.equal(await routedMtu(api2, db.ipv6()), within1300);
  });

  test("is that of jumbo frames between hosts that have them, and only there", async () => {
    await Promise.all([measures(big1, big2, 8920), measures(big2, big1, 8920)]);
    await Promise.all([measures(big1, db, 1440), measures(db, big1, 1420)]);
    const large = ["ping", "-c", "1", "-W", "5", "-M", "do", "-s"];
    await big1.host.run([...large, `${8920 - 28}`, big2.ipv4()]);
    await big1.host.run([...large, `${1440 - 28}`, db.ipv4()]);
    assert.equal((await big1.host.run([...large, `${1441 - 28}`, db.ipv4()], { check: false })).code, 1);
  });

  test("a download through a path that begins to lose large packets without a word goes on", async (t) => {
    const served = db.host.start([process.execPath, "-e", server], { name: "server" });
    const digest = await waitFor(() => /^\w{64}$/m.exec(served.logText())?.[0], { what: "the server" });
    const script = `curl -sS --limit-rate 4M http://${db.ipv4()}:8080/ | sha256sum`;
    const download = api1.host.run(["sh", "-c", script], { timeoutMs: 90_000 });
    const received = async () => Number(await api1.host.readFile("/sys/class/net/pw0/statistics/rx_bytes"));
    await waitFor(async () => (await received()) > 4 * 2 ** 20, { what: "a part of the download" });
    await api1.host.block({ protocol: "icmp" });
    await api1.host.narrow(1300);
    const [narrowedAt, before] = [performance.now(), await received()];
    await measures(db, api1, within1300);
    t.diagnostic(`found after ${Math.round(performance.now() - narrowedAt)} ms`);
    await waitFor(async () => (await received()) > before + 2 ** 20, {
      what: "more of the download",
      timeoutMs: 60_000,
    });
    t.diagnostic(`goes on after ${Math.round(performance.now() - narrowedAt)} ms`);
    assert.equal((await download).stdout.split(" ")[0], digest);
    assert.ok(db.status()?.events?.some(({ kind, subject }) => kind === "path.mtu" && subject === "api-1"));
  });

  test("a restarted agent finds nothing to change", async () => {
    const before = await routedMtu(db, api1.ipv4());
    assert.equal(before, within1300);
    db.agent().kill("SIGTERM");
    await db.agent().exited;
    const changes = db.changes().length;
    db.startAgent();
    await waitFor(() => mtuOf(db, api1), { what: "a new measurement", timeoutMs: 60_000 });
    assert.equal(mtuOf(db, api1), within1300);
    assert.deepEqual(db.changes().slice(changes), []);
  });
});
