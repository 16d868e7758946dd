// The agent on the machines of a small network, without control: desired states come from the compiler by way of files.
//
//   internet ──┬── edge-1 (relay) ──┬── db-1 ──┬── gateway "home" ──┬── gateway "office"
//                                                 api-1                api-2
//   edge-1 → api-1 tcp/8080;  api-1 → api-2 tcp/8080, icmp;  api-1 → db-1 icmp
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { startApi } from "../lab/api.ts";
import { createLab, type Host, type Lab, type Lan } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { requester } from "../lab/requester.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, type AgentNetwork, agentNetwork, reaches } from "./agent-network.ts";
import { curl, ping, testPaths } from "./agent-paths.ts";
import { assertSame, traces, wireguardPids } from "./agent-traces.ts";

const rules = [
  { from: "edge-1", to: "api-1", allow: "tcp/8080" },
  { from: "api-1", to: "api-2", allow: "tcp/8080" },
  { from: "api-1", to: "api-2", allow: "icmp" },
  { from: "api-1", to: "db-1", allow: "icmp" },
];

suite("agents of a network", needsRoot, () => {
  let lab: Lab;
  let net: AgentNetwork;
  let stranger: Host;
  let [edge, db, api1, api2] = [] as unknown as [AgentHost, AgentHost, AgentHost, AgentHost];
  let clean: readonly (readonly string[])[];
  const all = () => [edge, db, api1, api2];

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    const [home, office]: Lan[] = await Promise.all([
      lab.nat("home", { kind: "easy" }),
      lab.nat("office", { kind: "hard" }),
    ]);
    const hosts = await Promise.all([
      lab.host("edge-1", { on: internet, names: ["edge.example.com"] }),
      lab.host("db-1", { on: internet }),
      lab.host("api-1", { on: home! }),
      lab.host("api-2", { on: office! }),
    ]);
    stranger = await lab.host("stranger", { on: internet });
    net = agentNetwork(lab);
    edge = net.join(hosts[0], { roles: ["relay"], endpoint: "edge.example.com:51820" });
    db = net.join(hosts[1], { endpoint: `${hosts[1].addresses.ipv4}:51820` });
    [api1, api2] = [net.join(hosts[2]), net.join(hosts[3])];
    net.apply(rules);
    clean = await Promise.all(hosts.map(traces));
    await Promise.all([api1, api2, db].flatMap(({ host }) => [startApi(host), startApi(host, { port: 9090 })]));
    for (const one of all()) one.startAgent();
  });
  after(() => lab.close());

  /** Waits for a pass that follows this call. */
  const pass = async (rulesNow = rules) => {
    const revision = net.apply(rulesNow);
    const what = `agents at revision ${revision}`;
    await waitFor(() => all().every((one) => one.status()?.revision === revision), { what });
  };

  /** Waits until every pair is on its best path, and a pass has found nothing to do since. */
  const settled = async () => {
    await Promise.all([
      ...[edge, db].flatMap((one) => [reaches(one, api1, "pw0"), reaches(api1, one, "pw0")]),
      ...[reaches(api1, api2, "edge-1"), reaches(api2, api1, "edge-1")],
    ]);
    await pass();
  };

  test("a host behind NAT and one with an endpoint exchange packets directly", async () => {
    const peer = await reaches(edge, api1, "pw0");
    assert.equal(peer.path?.kind, "direct");
    assert.equal((await curl(edge.host, api1.ipv4())).code, 0);
    assert.equal((await curl(edge.host, api1.ipv6())).code, 0);
  });

  test("two hosts behind NAT exchange packets through the relay", async () => {
    await reaches(api1, api2, "edge-1");
    for (const address of [api2.ipv4(), api2.ipv6()]) {
      assert.equal((await ping(api1.host, address)).code, 0);
      assert.equal((await curl(api1.host, address)).code, 0);
    }
  });

  test("what no rule allows is dropped: another port, the other direction, another host", async () => {
    const tries = await Promise.all([
      curl(edge.host, api1.ipv4(), 9090),
      ping(edge.host, api1.ipv4()),
      curl(api2.host, api1.ipv4()),
      ping(edge.host, api2.ipv4()),
      curl(api1.host, db.ipv4()),
    ]);
    for (const { code } of tries) assert.notEqual(code, 0);
  });

  test("packets for a host that is no peer do not leave by the default route", async () => {
    const ran = await api1.host.run(["ping", "-n", "-c1", "-W1", "10.77.1.2"], { check: false });
    assert.match(ran.stdout + ran.stderr, /no route to host/i);
  });

  test("overlay addresses are not believed on other interfaces", async () => {
    // As if api-1, which may, and to an address that is served: only the way is wrong.
    const url = `http://${edge.ipv4()}:8080/`;
    const api = await startApi(edge.host);
    await stranger.ip([
      `address add ${api1.ipv4()}/32 dev lo`,
      `route add ${edge.ipv4()}/32 via ${edge.host.addresses.ipv4}`,
    ]);
    assert.equal((await curl(stranger, edge.host.addresses.ipv4)).code, 0);
    assert.notEqual((await stranger.run(["curl", "-sm1", url], { check: false })).code, 0);
    assert.notEqual((await stranger.run(["curl", "-sm1", "--interface", api1.ipv4(), url], { check: false })).code, 0);
    await api.stop();
  });

  test("a second pass changes nothing", async () => {
    await settled();
    const before = all().map((one) => one.changes().length);
    await pass();
    assert.deepEqual(
      all().map((one, index) => one.changes().slice(before[index])),
      [[], [], [], []],
    );
  });

  test("a relay's word that a packet is too big comes back to its sender", async () => {
    await edge.host.run(["ip", "link", "set", "pwr", "mtu", "1300"]);
    for (const address of [api2.ipv4(), api2.ipv6()]) {
      const words = ["ping", "-n", "-c2", "-i0.2", "-W1", "-M", "do", "-s", "1340", address];
      assert.match((await api1.host.run(words, { check: false })).stdout, /from .*(frag needed|too big).*1300/i);
    }
    await edge.host.run(["ip", "link", "set", "pwr", "mtu", "1420"]);
  });

  test("keys are files that only root can read", async () => {
    const ran = await api1.host.run(["sh", "-c", `stat -c %a ${api1.stateDir}/agent/keys/*`]);
    assert.deepEqual([...new Set(ran.stdout.trim().split("\n"))], ["600"]);
  });

  test("status tells handshake age, bytes, round-trip time and path", async () => {
    const peer = await waitFor(() => api1.status()?.peers.find((one) => one.host === "edge-1" && one.rxBytes > 0), {
      what: "bytes in the status",
    });
    assert.ok(peer.roundTripMs! > 0);
    assert.ok(peer.handshakeAgeSeconds! >= 0 && peer.txBytes > 0);
    assert.equal(api1.status()!.wireguard, "userspace");
  });

  test("metrics tell peers, paths, round trips and bytes, on loopback and the overlay, to those whom a rule lets in", async () => {
    const read = async (from: Host, address: string) => (await curl(from, address, 9146)).code;
    const scrape = async (host: Host) => {
      const { stdout } = await host.run(["curl", "-sSf", "http://127.0.0.1:9146/metrics"]);
      return (series: string) => {
        const line = stdout.split("\n").find((one) => one.startsWith(`${series} `));
        assert.ok(line, `${series} in\n${stdout}`);
        return Number(line.slice(series.length));
      };
    };
    const value = await scrape(api1.host);
    assert.equal(value('portway_peer_online{peer="edge-1"}'), 1);
    assert.equal(value('portway_peer_path{peer="edge-1",kind="direct",plane="pw0"}'), 1);
    assert.equal(value('portway_peer_path{peer="api-2",kind="relay",plane="pwr1",via="edge-1"}'), 1);
    const path = '{peer="edge-1",plane="pw0"}';
    const answered = value(`portway_probes_answered_total${path}`);
    assert.ok(answered > 0 && answered <= value(`portway_probes_sent_total${path}`));
    const timed = value(`portway_probe_round_trip_seconds_count${path}`);
    assert.ok(timed > 0 && timed <= answered, "those that waited for the first handshake are not timed");
    assert.ok(value(`portway_wireguard_received_bytes_total${path}`) > 0);
    assert.ok(value(`portway_wireguard_handshake_age_seconds${path}`) < 180);
    const sent = 'portway_peer_sent_packets_total{peer="api-2"}';
    const received = 'portway_peer_received_packets_total{peer="api-1"}';
    const [sentBefore, receivedBefore] = [value(sent), (await scrape(api2.host))(received)];
    await api1.host.run(["ping", "-n", "-c20", "-i0.05", "-W1", api2.ipv4()], { check: false });
    const isCounted = async () =>
      (await scrape(api1.host))(sent) >= sentBefore + 20 && (await scrape(api2.host))(received) >= receivedBefore + 20;
    await waitFor(isCounted, { what: "packets through the relay to be counted by peer", timeoutMs: 20_000 });
    assert.ok(value("portway_reconcile_runs_total") > 0);
    assert.equal(value('portway_key_rotations_total{plane="pw0"}'), 0);
    assert.ok(value('portway_key_age_seconds{plane="pw0"}') < 3600);
    await waitFor(async () => (await read(api1.host, api1.ipv6())) === 0, { what: "metrics on the overlay" });
    assert.equal(await read(edge.host, api1.ipv4()), 28, "no rule lets edge-1 ask: it waits in vain");
    await pass([...rules, { from: "edge-1", to: "api-1", allow: "tcp/9146" }]);
    await waitFor(async () => (await read(edge.host, api1.ipv4())) === 0, { what: "metrics for edge-1" });
    await pass();
    assert.notEqual((await curl(stranger, api1.host.addresses.ipv4, 9146)).code, 0);
  });

  test("damage by hand is repaired in part: firewall, peers, rules, addresses, settings", async () => {
    const { host } = edge;
    const whole = await traces(host);
    const repaired = async (what: string, ...damage: string[]) => {
      await host.run(["sh", "-ec", damage.join("\n")]);
      const damaged = await traces(host);
      assert.notDeepEqual(damaged, whole, what);
      await waitFor(
        async () => {
          assertSame(await traces(host), whole);
          return true;
        },
        { what: `repair of ${what}`, intervalMs: 100 },
      );
    };
    await repaired(
      "what was changed in part",
      `nft delete rule inet portway forward handle $(nft -a list chain inet portway forward | sed -n 's/.*"pw\\*" drop # handle //p' | head -1)`,
      "nft add element inet portway sources4 '{ 10.77.1.1 : accept }'",
      "ip rule del priority 5182",
      `ip address del ${edge.ipv4()}/32 dev pw0`,
      "ip address add 10.99.0.1/32 dev pwr",
      "ip link set pwr mtu 1300",
      "echo 1 >/proc/sys/net/ipv4/conf/pw0/rp_filter",
      "wg set pw0 listen-port 40000",
      "wg set pw0 peer $(wg show pw0 peers | head -1) allowed-ips 10.1.1.1/32",
    );
    const isTold = () => edge.status()?.events?.some(({ kind }) => kind === "host.repaired");
    await waitFor(isTold, { what: "the repair to be an event" });
    await reaches(edge, api1);
  });

  test("wireguard-go that was killed is started again, with its peers", async () => {
    const before = wireguardPids(api2.host);
    for (const one of before) process.kill(Number(one.split(" ").at(-1)), "SIGKILL");
    await waitFor(() => wireguardPids(api2.host).length === before.length, { what: "wireguard-go to run" });
    await waitFor(async () => (await ping(api1.host, api2.ipv4())).code === 0, { what: "packets to api-2" });
  });

  test("the tunnel outlives a killed agent, and the next agent adopts it without a change", async () => {
    const pids = all().map(({ host }) => wireguardPids(host));
    /** What the next agents changed, and what became of the pings meanwhile. */
    const replaceAgents = async () => {
      await settled();
      const before = await Promise.all(all().map(({ host }) => traces(host)));
      const pings = await pinger(api1.host, api2.ipv4());
      for (const one of all()) one.agent().kill("SIGKILL");
      await Promise.all(all().map((one) => one.agent().exited));
      const changes = all().map((one) => one.changes().length);
      const answered = pings.report().received;
      await waitFor(() => pings.report().received > answered + 10, { what: "pings without agents" });
      for (const one of all()) one.startAgent();
      await pass();
      await reaches(api1, api2, "edge-1");
      return {
        made: all().flatMap((one, index) => one.changes().slice(changes[index])),
        lost: (await pings.stop()).lost,
        before,
        after: await Promise.all(all().map(({ host }) => traces(host))),
      };
    };
    // On a machine that stands still for seconds a path goes dark and traffic moves off it: then once more.
    let replaced = await replaceAgents();
    for (let more = 2; more > 0 && replaced.made.length > 0; more--) replaced = await replaceAgents();
    assert.deepEqual(replaced.made, []);
    assert.equal(replaced.lost, 0);
    for (const [index, { host }] of all().entries())
      assertSame(replaced.after[index]!, replaced.before[index]!, host.name);
    assert.deepEqual(
      all().map(({ host }) => wireguardPids(host)),
      pids,
    );
  });

  testPaths(() => ({ edge, db, api1, settled }));

  test("a connection survives a change of the rules, and one that is not allowed any more ends", async () => {
    const url = `http://${api1.ipv4()}:8080/`;
    const requests = await requester(edge.host, url, { timeoutMs: 1000 });
    await pass([...rules, { from: "edge-1", to: "api-1", allow: "tcp/9090" }]);
    assert.equal((await curl(edge.host, api1.ipv4(), 9090)).code, 0);
    assert.deepEqual(requests.report().failures, []);
    await pass([{ from: "edge-1", to: "api-1", allow: "tcp/9090" }]);
    await waitFor(() => requests.report().failures.length > 0, { what: "the old connection to end" });
    await requests.stop();
    await pass();
  });

  test("another firewall that drops what a relay passes on is told in its status, and no more once it lets it through", async () => {
    const dropped = () => (edge.status()?.warnings ?? []).map(({ code }) => code);
    const nft = (...words: string[]) => edge.host.run(["nft", ...words]);
    await nft("add table ip filter");
    await nft("add chain ip filter FORWARD { type filter hook forward priority filter; policy drop; }");
    await pass(); // a state that arrives is a reason to look, as a minute that went by is
    await waitFor(() => dropped().includes("forwardDropped"), { what: "the warning" });
    assert.notEqual((await ping(api1.host, api2.ipv4())).code, 0);
    const [{ hint } = { hint: "" }] = edge.status()!.warnings!;
    assert.match(hint, /`iptables -I FORWARD -i pw\+ -o pw\+ -j ACCEPT`/);
    await nft('insert rule ip filter FORWARD iifname "pw*" oifname "pw*" accept'); // what iptables would write
    await pass();
    await waitFor(() => dropped().length === 0, { what: "no warning" });
    await waitFor(async () => (await ping(api1.host, api2.ipv4())).code === 0, { what: "packets through the relay" });
    await nft("delete table ip filter");
  });

  test("teardown leaves nothing", async () => {
    for (const one of all()) one.agent().kill("SIGUSR2");
    await Promise.all(all().map((one) => one.agent().exited));
    for (const [index, { host }] of all().entries()) {
      assertSame(await traces(host), clean[index]!, host.name);
      assert.deepEqual(wireguardPids(host), []);
    }
  });

  test("teardown works from what it finds after an agent was killed and its files are lost", async () => {
    for (const one of [edge, api1]) one.startAgent();
    await reaches(edge, api1);
    for (const one of [edge, api1]) one.agent().kill("SIGKILL");
    await Promise.all([edge, api1].map((one) => one.agent().exited));
    for (const one of [edge, api1]) {
      await one.host.run(["rm", "-rf", `${one.stateDir}/agent/wireguard-go`, `${one.stateDir}/agent/firewall.json`]);
      await one.host.run([process.execPath, `${import.meta.dirname}/agent-teardown.ts`, one.stateDir]);
    }
    assertSame(await traces(edge.host), clean[0]!);
    assertSame(await traces(api1.host), clean[2]!);
    for (const { host } of [edge, api1]) {
      await waitFor(() => wireguardPids(host).length === 0, { what: `wireguard-go on ${host.name} to end` });
    }
  });
});
