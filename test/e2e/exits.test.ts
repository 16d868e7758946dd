// A host that sends everything to the internet through another one: what goes there, what does not, and what happens when
// that one is gone.
//
//   internet ──┬── exit-1 ──┬── exit-2 ──┬── site            exit-2 leads there by IPv4 alone
//              └── gateway "home" ── laptop, printer         with IPv6 of its own, 2001:db8:5::/64
//                                      └── box               a container: 172.30.0.10, 2001:db8:7::10
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { ExitSpec } from "../../src/spec/types.ts";
import { createLab, type Host, type Lab, type Lan } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { openSegment } from "../lab/segment.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, type AgentNetwork, agentNetwork, reaches } from "./agent-network.ts";
import { assertSame, machineState } from "./machine-state.ts";

/** Tells each client by which address it came. */
const server = `for (const port of [8080, 8081])
  require("node:http").createServer((request, response) => response.end(request.socket.remoteAddress)).listen(port, "::")`;

const homeIpv6 = "2001:db8:5::";
const hiddenAddress = "10.9.9.1";
const exits = ["exit-1", "exit-2"];
const rules = [{ from: "laptop", to: "internet", allow: "tcp/8080" }];

interface Stage {
  readonly lab: Lab;
  readonly net: AgentNetwork;
  readonly home: Lan;
  readonly site: Host;
  readonly printer: Host;
  readonly box: Host;
  readonly exit1: AgentHost;
  readonly exit2: AgentHost;
  readonly laptop: AgentHost;
  /** Of laptop and exit-1, before anything of Portway's was there. */
  readonly untouched: readonly string[];
}

async function openStage(lab: Lab): Promise<Stage> {
  const internet = await lab.internet();
  const home = await lab.nat("home", { kind: "easy" });
  const site = await lab.host("site", { on: internet });
  const printer = await lab.host("printer", { on: home });
  for (const host of [site, printer]) host.start([process.execPath, "-e", server]);
  const machines = await Promise.all(exits.map((name) => lab.host(name, { on: internet })));
  const machine = await lab.host("laptop", { on: home });
  await home.gateway.ip([`addr add ${homeIpv6}1/64 dev lan nodad`]);
  await machine.ip([`addr add ${homeIpv6}9/64 dev eth0 nodad`, `route add ::/0 via ${homeIpv6}1`]);
  await site.ip([`route add ${homeIpv6}/64 via ${home.gateway.addresses.ipv6}`]);
  await machines[0]!.ip([
    "link add office type bridge",
    `addr add ${hiddenAddress}/24 dev office`,
    "link set office up",
  ]);
  await machine.run(["tee", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"], {
    input: "1\n",
  });
  const publish = [
    "add table ip publish; add chain ip publish in { type nat hook prerouting priority dstnat; }",
    "add rule ip publish in tcp dport 9090 dnat to 172.30.0.10:8080",
  ].join("\n");
  await machine.run(["nft", "-f", "-"], { input: `${publish}\n` });
  const box = await lab.host("box", {
    on: await openSegment("box", machine, { ipv4: "172.30.0", ipv6: "2001:db8:7::" }),
  });
  for (const one of [machine, machines[0]!, box]) one.start([process.execPath, "-e", server]);
  await machine.run(["tee", "/proc/sys/net/ipv4/conf/eth0/rp_filter"], { input: "1\n" }); // the strictest
  const isSettled = async () => {
    const looks = await Promise.all([machine, machines[0]!].map((host) => host.run(["ip", "address"])));
    return looks.every(({ stdout }) => !stdout.includes("tentative"));
  };
  await waitFor(isSettled, { what: "the lab's own addresses", timeoutMs: 30_000 });
  const untouched = await Promise.all([machine, machines[0]!].map(machineState));
  const net = agentNetwork(lab);
  const [exit1, exit2] = machines.map((host, index) => asExit(net, host, { ipv4: true, ipv6: index === 0 })) as [
    AgentHost,
    AgentHost,
  ];
  const laptop = net.join(machine, { tunnel: { exits } });
  return { lab, net, home, site, printer, box, exit1, exit2, laptop, untouched };
}

const asExit = (net: AgentNetwork, host: Host, exit: ExitSpec) =>
  net.join(host, { endpoint: `${host.addresses.ipv4}:51820`, exit });

suite("a host that goes to the internet through another one", needsRoot, () => {
  let it: Stage;
  let lab: Lab;
  before(async () => {
    lab = createLab();
    it = await openStage(lab);
  });
  after(() => lab?.close());

  const fetch = async (from: Host, url: string, ...words: string[]): Promise<string | undefined> => {
    const ran = await from.run(["curl", "--silent", "--max-time", "1", ...words, url], { check: false });
    return ran.code === 0 ? ran.stdout.replace("::ffff:", "") : undefined;
  };
  const siteUrl = (family: 4 | 6, port = 8080) => {
    const { ipv4, ipv6 } = it.site.addresses;
    return `http://${family === 4 ? ipv4 : `[${ipv6}]`}:${port}/`;
  };
  const noneAnswers = async (from: Host, urls: readonly string[]) =>
    assert.deepEqual(
      await Promise.all(urls.map((url) => fetch(from, url))),
      urls.map(() => undefined),
    );
  /** The address by which the site saw the laptop; undefined: it did not. */
  const seenBySite = (family: 4 | 6, port?: number) => fetch(it.laptop.host, siteUrl(family, port));
  const untilSeenAs = (address: string | undefined, family: 4 | 6 = 4) =>
    waitFor(async () => (await seenBySite(family)) === address, {
      what: `the site to see ${address} by IPv${family}`,
      timeoutMs: 45_000,
    });

  /** Waits until the site sees one of the exits: the first may be late on a busy machine. */
  const untilAnExit = () =>
    waitFor(
      async () => {
        const seen = await seenBySite(4);
        return [it.exit1, it.exit2].find(({ host }) => host.addresses.ipv4 === seen);
      },
      { what: "the site to see an exit", timeoutMs: 45_000 },
    );

  test("is seen there as the exit, by IPv4 and IPv6", async () => {
    assert.equal(await seenBySite(4), it.home.gateway.addresses.ipv4);
    assert.equal(await seenBySite(6), `${homeIpv6}9`);
    it.net.apply(rules);
    for (const one of [it.exit1, it.exit2, it.laptop]) one.startAgent();
    await reaches(it.laptop, it.exit1);
    await reaches(it.laptop, it.exit2);
    await untilAnExit();
    await untilSeenAs(it.exit1.host.addresses.ipv6, 6);
    const told = () =>
      it.laptop
        .status()
        ?.routers?.filter(({ online }) => online)
        .map(({ network }) => network);
    await waitFor(() => told()?.join() === "0.0.0.0/0,::/0", { what: "the status to name exits that answer" });
  });

  test("takes along what it passes on for containers, as its own", async () => {
    const { box, exit1, exit2, laptop } = it;
    const { ipv4 } = (await untilAnExit()).host.addresses;
    const seen = async () => [await fetch(box, siteUrl(4)), await fetch(box, siteUrl(6))].join();
    const expected = [ipv4, exit1.host.addresses.ipv6].join();
    await waitFor(async () => (await seen()) === expected, { what: "the site to see a container as the exit" });
    await noneAnswers(box, [siteUrl(4, 8081), ...[exit1, exit2, laptop].map((one) => `http://${one.ipv4()}:8080/`)]);
  });

  test("opens what rules allow and nothing else, least of all in the exit's own networks", async () => {
    await noneAnswers(it.laptop.host, [siteUrl(4, 8081), `http://${hiddenAddress}:8080/`]);
    const guarded = await it.exit1.host.run(["cat", "/proc/sys/net/ipv4/ip_forward"]);
    assert.equal(guarded.stdout, "0\n", "only what the exit needs passes packets on");
  });

  test("goes to its own network directly, and answers who comes from outside the way that they came", async () => {
    const { printer, laptop, home } = it;
    assert.equal(await fetch(laptop.host, `http://${printer.addresses.ipv4}:8080/`), laptop.host.addresses.ipv4);
    const outside = ["--interface", home.gateway.addresses.ipv4];
    const url = `http://${laptop.host.addresses.ipv4}:8080/`;
    assert.equal(await fetch(home.gateway, url, ...outside), home.gateway.addresses.ipv4);
    const published = `http://${laptop.host.addresses.ipv4}:9090/`;
    assert.equal(await fetch(home.gateway, published, ...outside), home.gateway.addresses.ipv4, "a container's");
  });

  test("goes through another exit when the first is gone, and not back at once", async (t) => {
    const first = await untilAnExit();
    const other = first === it.exit1 ? it.exit2 : it.exit1;
    await first.host.linkDown();
    const from = performance.now();
    await untilSeenAs(other.host.addresses.ipv4);
    t.diagnostic(`by the other exit after ${Math.round(performance.now() - from)} ms`);
    await first.host.linkUp();
    await reaches(it.laptop, first);
    assert.equal(await untilAnExit(), other);
  });

  /** Packets towards the site that the gateway passed on outside of any tunnel. */
  const leaked = async () => {
    const ran = await it.home.gateway.run(["nft", "list", "chain", "inet", "watch", "leaks"]);
    return [...ran.stdout.matchAll(/packets (\d+)/g)].map(([, count]) => Number(count));
  };

  test("lets nothing past the tunnel without an exit, without its agent, and without its interfaces", async () => {
    const { home, site, laptop } = it;
    const { ipv4, ipv6 } = site.addresses;
    const watch = [
      "add table inet watch; add chain inet watch leaks { type filter hook forward priority -1; }",
      `add rule inet watch leaks ip daddr ${ipv4} counter; add rule inet watch leaks ip6 daddr ${ipv6} counter`,
    ].join("\n");
    await home.gateway.run(["nft", "-f", "-"], { input: watch });
    laptop.agent().kill("SIGKILL");
    await laptop.agent().exited;
    await untilAnExit();
    for (const { host } of [it.exit1, it.exit2]) await host.linkDown();
    await untilSeenAs(undefined);
    await noneAnswers(laptop.host, [siteUrl(6)]);
    await laptop.host.ip(["link del pw0"]);
    for (const host of [laptop.host, it.box]) await noneAnswers(host, [siteUrl(4), siteUrl(6)]);
    assert.deepEqual(await leaked(), [0, 0]);
    for (const { host } of [it.exit1, it.exit2]) await host.linkUp();
    laptop.startAgent();
    await untilAnExit();
  });

  test("has no IPv6 rather than its own where its exit has none", async () => {
    it.net.join(it.laptop.host, { tunnel: { exits: ["exit-2"] } });
    it.net.apply(rules);
    await untilSeenAs(it.exit2.host.addresses.ipv4);
    const way = ["ip", "-6", "route", "get", it.site.addresses.ipv6!];
    await waitFor(async () => (await it.laptop.host.run(way, { check: false })).code !== 0, { what: "no way by IPv6" });
    assert.equal(await seenBySite(6), undefined);
    assert.deepEqual(await leaked(), [0, 0]);
  });

  test("goes by each family through an exit that has it", async () => {
    const { net, exit1, laptop } = it;
    asExit(net, exit1.host, { ipv4: false, ipv6: true });
    net.join(laptop.host, { tunnel: { exits } });
    net.apply(rules);
    await untilSeenAs(exit1.host.addresses.ipv6, 6);
    await untilSeenAs(it.exit2.host.addresses.ipv4);
    net.join(laptop.host, { tunnel: { exits: ["exit-1"] } });
    net.apply(rules);
    await untilSeenAs(undefined);
    await untilSeenAs(exit1.host.addresses.ipv6, 6);
    assert.deepEqual(await leaked(), [0, 0]);
    asExit(net, exit1.host, { ipv4: true, ipv6: true });
  });

  test("sends some networks alone through the tunnel where it says so, but for exceptions", async () => {
    const { site, laptop, net, home } = it;
    net.join(laptop.host, { tunnel: { exits, only: ["203.0.113.0/24"], except: [`${site.addresses.ipv4}/32`] } });
    net.apply(rules);
    await untilSeenAs(home.gateway.addresses.ipv4);
    await untilSeenAs(`${homeIpv6}9`, 6);
    net.join(laptop.host, { tunnel: { exits, only: [`${site.addresses.ipv4}/32`] } });
    net.apply(rules);
    await untilAnExit();
    assert.equal(await seenBySite(6), `${homeIpv6}9`);
  });

  test("is byte for byte as it was when it leaves, and so is the exit, also after agents were killed", async () => {
    const { laptop, exit1, untouched } = it;
    for (const [index, one] of [laptop, exit1].entries()) {
      assert.notEqual(await machineState(one.host), untouched[index], "there was something to undo");
      one.agent().kill("SIGKILL");
      await one.agent().exited;
      await one.host.run([process.execPath, `${import.meta.dirname}/agent-teardown.ts`, one.stateDir]);
      assertSame(await machineState(one.host), untouched[index]!, one.host.name);
    }
    await untilSeenAs(it.home.gateway.addresses.ipv4);
  });
});
