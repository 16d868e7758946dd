// A network behind two hosts: others reach what access rules name of it through the one that answers.
//
//   internet ──┬── relay-1 ──┬── gateway "home" ── api-1
//              │             ├── gateway "cafe" ── api-2
//              └── router-1 ─┴── router-2
//                     └──── office ────┘── printer       192.168.50.0/24, a bridge of router-1
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { openSegment } from "../lab/segment.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, type AgentNetwork, agentNetwork, reaches } from "./agent-network.ts";
import { assertSame, machineState } from "./machine-state.ts";

const office = "192.168.50.0/24";
const routerAddresses = { "router-1": "192.168.50.1", "router-2": "192.168.50.2" };

/** Tells each client by which address it came. */
const server = `for (const port of [8080, 8081])
  require("node:http").createServer((request, response) => response.end(request.socket.remoteAddress)).listen(port)`;

interface Office {
  readonly lab: Lab;
  readonly net: AgentNetwork;
  readonly api1: AgentHost;
  readonly api2: AgentHost;
  readonly routers: readonly AgentHost[];
  readonly printer: Host;
}

const rules = [
  { from: "api-1", to: office, allow: "tcp/8080" },
  { from: "api-1", to: "192.168.50.0/24", allow: "icmp" },
];

/** `look` sees router-1, router-2 and api-1 before anything of Portway's is there. */
async function openOffice(
  kind: "easy" | "hard",
  join: { readonly masquerade?: false } = {},
  look: (hosts: readonly Host[]) => Promise<void> = async () => {},
): Promise<Office> {
  const lab = createLab();
  const internet = await lab.internet();
  const [home, cafe] = await Promise.all([lab.nat("home", { kind }), lab.nat("cafe", { kind })]);
  const relay = await lab.host("relay-1", { on: internet });
  const router1 = await lab.host("router-1", { on: internet });
  const router2 = await lab.host("router-2", { on: internet });
  const lan = await openSegment("office", router1, { ipv4: "192.168.50" });
  await router1.ip([`link add leg type veth peer name lan netns ${router2.pid}`, "link set leg master lan up"]);
  await router2.ip(["addr add 192.168.50.2/24 dev lan", "link set lan up"]);
  const printer = await lab.host("printer", { on: lan });
  printer.start([process.execPath, "-e", server]);
  const ends = await Promise.all([lab.host("api-1", { on: home! }), lab.host("api-2", { on: cafe! })]);
  await look([router1, router2, ends[0]!]);
  const net = agentNetwork(lab);
  const hub = net.join(relay, { roles: ["relay"], endpoint: `${relay.addresses.ipv4}:51820` });
  const routers = [router1, router2].map((host) => net.join(host, { routes: [office], ...join }));
  const [api1, api2] = ends.map((host) => net.join(host)) as [AgentHost, AgentHost];
  net.apply(rules);
  for (const one of [hub, ...routers, api1, api2]) one.startAgent();
  for (const router of routers) await reaches(api1, router);
  return { lab, net, api1, api2, routers, printer };
}

/** The address that the printer saw; undefined where it does not answer. */
async function seenFrom({ printer }: Office, { host }: AgentHost, port = 8080): Promise<string | undefined> {
  const url = `http://${printer.addresses.ipv4}:${port}/`;
  const ran = await host.run(["curl", "--silent", "--max-time", "1", url], { check: false });
  return ran.code === 0 ? ran.stdout.replace("::ffff:", "") : undefined;
}

/** Waits until requests go by one of the routers, or by any but that one: the first by name may be late on a busy machine. */
async function servedBy(it: Office, other?: AgentHost): Promise<AgentHost> {
  const serving = async () => {
    const seen = await seenFrom(it, it.api1);
    return it.routers.find(({ host }) => routerAddresses[host.name as keyof typeof routerAddresses] === seen);
  };
  const found = async () => {
    const router = await serving();
    return router === other ? undefined : router;
  };
  return waitFor(found, {
    what: `requests by ${other ? `another router than ${other.host.name}` : "a router"}`,
    timeoutMs: 45_000,
  });
}

suite("a network behind hosts", needsRoot, () => {
  let it: Office;
  before(async () => {
    it = await openOffice("easy");
  });
  after(() => it?.lab.close());

  test("is reached as rules say, and no further", async () => {
    await servedBy(it);
    assert.equal(await seenFrom(it, it.api1, 8081), undefined);
    const ping = ["ping", "-c", "1", "-W", "1", it.printer.addresses.ipv4];
    await waitFor(async () => (await it.api1.host.run(ping, { check: false })).code === 0, { what: "an echo" });
    const route = await it.api2.host.run(["ip", "route", "show", office]);
    assert.equal(route.stdout, "", "a host that no rule allows has no way there");
    const router = it.routers[0]!.host;
    const own = await it.api1.host.run(["curl", "-s", "-m", "1", "http://192.168.50.1:8081"], { check: false });
    assert.notEqual(own.code, 0, "nor is the router's own address there open");
    const guarded = await router.run([
      "cat",
      "/proc/sys/net/ipv4/conf/lan/forwarding",
      "/proc/sys/net/ipv4/ip_forward",
    ]);
    assert.equal(guarded.stdout, "1\n0\n", "only the interface that leads there passes packets on");
  });

  test("cannot open connections to the overlay", async () => {
    const { printer, api1 } = it;
    await printer.ip([`route add 10.77.0.0/16 via ${routerAddresses["router-1"]}`]);
    const ran = await printer.run(["ping", "-c", "2", "-i", "0.2", "-W", "1", api1.ipv4()], { check: false });
    assert.notEqual(ran.code, 0);
    await printer.ip(["route del 10.77.0.0/16"]);
  });

  test("is reached by another router when the first is gone, and not by the first again at once", async (t) => {
    const first = await servedBy(it);
    await first.host.linkDown();
    const from = performance.now();
    const second = await servedBy(it, first);
    t.diagnostic(`by the other router after ${Math.round(performance.now() - from)} ms`);
    await first.host.linkUp();
    await reaches(it.api1, first);
    assert.equal(await servedBy(it), second);
    it.api1.agent().kill("SIGKILL");
    await it.api1.agent().exited;
    it.api1.startAgent();
    await reaches(it.api1, second);
    assert.equal(await servedBy(it), second, "also after a restart of the agent");
  });

  test("leaves nothing on a router once no rule names it", async () => {
    const router = it.routers[1]!;
    it.net.apply([{ from: "api-1", to: "router-2", allow: "icmp" }]);
    const forwarding = async () => (await router.host.run(["cat", "/proc/sys/net/ipv4/conf/lan/forwarding"])).stdout;
    await waitFor(async () => (await forwarding()) === "0\n", { what: "forwarding to be off again" });
    const rules = (await router.host.run(["nft", "list", "ruleset"])).stdout;
    assert.doesNotMatch(rules, /192\.168\.50/);
    const isGone = async () => (await it.api1.host.run(["ip", "route", "show", office])).stdout === "";
    await waitFor(isGone, { what: "the route to be gone" });
  });
});

suite("a network behind hosts that relays alone lead to", needsRoot, () => {
  let it: Office;
  before(async () => {
    it = await openOffice("hard", { masquerade: false });
    for (const { host } of it.routers) await host.block({ protocol: "udp", localPort: 51820, direction: "in" });
  });
  after(() => it?.lab.close());

  /** The printer has to answer by the router in use: it tries one after the other. */
  const servedAsIs = (gone?: AgentHost) =>
    waitFor(
      async () => {
        for (const router of it.routers) {
          if (router === gone) continue;
          const via = routerAddresses[router.host.name as keyof typeof routerAddresses];
          await it.printer.ip([`route replace 10.77.0.0/16 via ${via}`]);
          if ((await seenFrom(it, it.api1)) === it.api1.ipv4()) return router;
        }
        return undefined;
      },
      { what: "a request from api-1", timeoutMs: 45_000 },
    );

  test("sees senders as they are without masquerading, also when the router in use is gone", async (t) => {
    const { api1, routers } = it;
    for (const router of routers) await reaches(api1, router, "relay-1");
    const first = await servedAsIs();
    await first.host.linkDown();
    const from = performance.now();
    await servedAsIs(first);
    t.diagnostic(`by the other router after ${Math.round(performance.now() - from)} ms`);
  });
});

suite("a host that leaves", needsRoot, () => {
  let it: Office;
  const untouched: string[] = [];
  const machines = () => [it.routers[0]!, it.routers[1]!, it.api1];
  const stateOf = ({ host }: AgentHost) => machineState(host);

  before(async () => {
    it = await openOffice("easy", {}, async (hosts) => {
      const isSettled = async () => {
        const looks = await Promise.all(hosts.map((host) => host.run(["ip", "address"])));
        return looks.every(({ stdout }) => !stdout.includes("tentative"));
      };
      await waitFor(isSettled, { what: "the lab's own addresses", timeoutMs: 30_000 });
      for (const host of hosts) untouched.push(await machineState(host));
    });
    await servedBy(it);
  });
  after(() => it?.lab.close());

  test("leaves links, addresses, routes, rules, nftables and settings byte for byte as they were", async () => {
    for (const [index, one] of machines().entries()) {
      assert.notEqual(await stateOf(one), untouched[index], "there was something to undo");
      one.agent().kill("SIGUSR2");
      await one.agent().exited;
      assertSame(await stateOf(one), untouched[index]!, one.host.name);
    }
  });

  test("does so too after its agent was killed, started again, and killed again", async () => {
    for (const one of machines()) one.startAgent();
    await servedBy(it);
    for (const one of machines()) {
      one.agent().kill("SIGKILL");
      await one.agent().exited;
      one.startAgent();
    }
    await servedBy(it);
    for (const [index, one] of machines().entries()) {
      one.agent().kill("SIGKILL");
      await one.agent().exited;
      await one.host.run([process.execPath, `${import.meta.dirname}/agent-teardown.ts`, one.stateDir]);
      assertSame(await stateOf(one), untouched[index]!, one.host.name);
    }
  });
});
