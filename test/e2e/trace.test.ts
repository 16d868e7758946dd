// `portway trace` against `portway can`, with real agents, tunnels and faults:
//
//   internet ──┬── edge-1 (control, relay, exit) ──┬── gateway "home" ── api-1
//              └── site                            └── gateway "office" ── db-1 ── printer       both NATs are hard
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type Api, connectApi } from "../../src/cli/api.ts";
import type { CanAnswer } from "../../src/wire/can.ts";
import type { HostDetail } from "../../src/wire/hosts.ts";
import type { TraceAnswer } from "../../src/wire/trace.ts";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { type Addresses, openSegment } from "../lab/segment.ts";
import { waitFor } from "../lab/wait-for.ts";
import { enrol } from "./enrol.ts";

const file = (site: Addresses) => `
version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [relay], endpoint: edge.example.com:51820, exit: true }
  api-1: { tunnel: { exits: [edge-1], only: [${site.ipv4}/32, "${site.ipv6}/128"] } }
  db-1: { routes: [192.168.50.0/24] }
access:
  - { from: [api-1], to: [db-1], allow: [tcp/5432, tcp/5433, udp/53, icmp] }
  - { from: [api-1], to: [192.168.50.0/24], allow: [tcp/5432, icmp] }
  - { from: [api-1], to: [internet], allow: [tcp/5432] }
`;

const listener = `require("node:net").createServer((socket) => socket.on("error", () => {})).listen(5432, "::")`;

suite("a trace", { ...needsRoot, timeout: 180_000 }, () => {
  let lab: Lab;
  let [edge, api1, db1, site, printer] = [] as unknown as [Host, Host, Host, Host, Host];
  let api: Api;
  const queryOf = (from: string, to: string, what: string) => {
    const [protocol, port] = what.split("/") as [string, string?];
    return { query: { from, to, protocol, ...(port !== undefined && { port }) } };
  };
  const trace = (what: string, from = "api-1", to = "db-1") => api.call<TraceAnswer>("trace", queryOf(from, to, what));
  const can = (from: string, to: string, what: string) => api.call<CanAnswer>("can", queryOf(from, to, what));
  const last = async (what: string, to?: string) => {
    const { host, layer, ok, text } = (await trace(what, "api-1", to)).steps.at(-1)!;
    return `${host} ${layer} ${ok}: ${text}`;
  };

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    const [home, office] = await Promise.all([lab.nat("home", { kind: "hard" }), lab.nat("office", { kind: "hard" })]);
    [edge, api1, db1, site] = await Promise.all([
      lab.host("edge-1", { on: internet, names: ["edge.example.com"] }),
      lab.host("api-1", { on: home! }),
      lab.host("db-1", { on: office! }),
      lab.host("site", { on: internet }),
    ]);
    printer = await lab.host("printer", { on: await openSegment("floor", db1, { ipv4: "192.168.50" }) });
    edge.start(["portway", "control", "--advertise", "https://edge.example.com:7443"]);
    api = connectApi({ kind: "socket", path: `/proc/${edge.pid}/root/run/portway/control.sock`, hint: () => "" });
    await waitFor(() => api.call("hostsList"), { what: "control to answer", timeoutMs: 20_000 });
    await edge.writeFile("/run/portway.yaml", file(site.addresses));
    await edge.run(["portway", "apply", "--yes", "/run/portway.yaml"]);
    for (const host of [edge, api1, db1]) {
      await enrol(edge, host);
      host.start(["portway", "agent"]);
    }
    for (const host of [db1, site, printer]) host.start([process.execPath, "-e", listener]);
    const isUp = async () => {
      const { agent } = await api.call<HostDetail>("hostGet", { path: { name: "api-1" } });
      return agent?.peers.every((one) => one.online);
    };
    await waitFor(isUp, { what: "the tunnel", timeoutMs: 60_000 });
  });
  after(() => lab?.close());

  test("shows each place that a packet passes, and what the other end does with it", async () => {
    const text = await waitFor(
      async () => {
        const ran = await edge.run(["portway", "trace", "api-1", "db-1", "tcp/5432"], { check: false });
        assert.equal(ran.code, 0, ran.stdout + ran.stderr);
        return ran.stdout;
      },
      { what: "a whole trace", timeoutMs: 30_000 },
    );
    assert.match(text, /^yes: a packet of api-1 got to db-1, on tcp\/5432\n/);
    assert.match(text, /api-1 +route .*relay edge-1\)\n.*edge-1 +relay +passed on .*\n.*db-1 +tunnel/);
    assert.match(text, /db-1 +service +accepts on tcp\/5432/);
    assert.match(await last("tcp/5433"), /^api-1 answer true/);
    assert.match((await trace("tcp/5433")).steps.at(-2)!.text, /nothing listens on tcp\/5433/);
    assert.match(await last("icmp"), /^api-1 answer true/);
    assert.match((await trace("udp/53")).steps.at(-2)!.text, /nothing listens|did not answer/);
  });

  test("agrees with can", async () => {
    const asked: readonly (readonly [string, string, string])[] = [
      ["api-1", "db-1", "tcp/5432"],
      ["api-1", "db-1", "tcp/22"],
      ["db-1", "api-1", "tcp/5432"],
      ["api-1", "edge-1", "icmp"],
    ];
    for (const [from, to, what] of asked) {
      const answer = await can(from, to, what);
      const { reached, allowed } = await trace(what, from, to);
      assert.deepEqual([reached, allowed], [answer.allowed, answer.allowed], `${from} ${to} ${what}`);
    }
    assert.match(await last("tcp/22"), /^db-1 firewall false: Portway's firewall drops tcp\/22 from api-1/);
  });

  test("goes to addresses behind hosts and in the internet, and agrees with can there", async () => {
    const behind = printer.addresses.ipv4;
    const { ipv4, ipv6 } = site.addresses;
    const asked: readonly (readonly [string, string, string, RegExp])[] = [
      ["api-1", behind, "tcp/5432", /^api-1 answer true: came back/],
      ["api-1", behind, "icmp", /^api-1 answer true: came back/],
      [
        "api-1",
        behind,
        "tcp/22",
        /^db-1 firewall false: Portway's firewall drops tcp\/22 from api-1 to 192.168.50.10: no/,
      ],
      ["api-1", "192.168.50.1", "tcp/5432", /^api-1 answer true: came back/],
      ["api-1", "192.168.50.99", "tcp/5432", /^192.168.50.99 (answer|service) false/],
      ["api-1", ipv4, "tcp/5432", /^api-1 answer true: came back/],
      ["api-1", ipv6!, "tcp/5432", /^api-1 answer true: came back/],
      ["api-1", ipv4, "tcp/22", /^edge-1 firewall false: Portway's firewall drops/],
      ["api-1", "192.0.2.1", "tcp/5432", /^api-1 route false: goes to 192.0.2.1 by eth0, past the network/],
      ["edge-1", behind, "tcp/5432", /^edge-1 route false/],
    ];
    for (const [from, to, what, end] of asked) {
      const agreed = async () => {
        const [answer, traced] = await Promise.all([can(from, to, what), trace(what, from, to)]);
        const { host, layer, ok, text } = traced.steps.at(-1)!;
        assert.match(`${host} ${layer} ${ok}: ${text}`, end);
        assert.deepEqual([traced.reached, traced.allowed], [answer.allowed, answer.allowed], `${from} ${to} ${what}`);
        return true;
      };
      await waitFor(agreed, { what: `can and trace of ${from} to ${to} on ${what} to agree`, timeoutMs: 30_000 });
    }
    const whole = await trace("tcp/5432", "api-1", behind);
    assert.deepEqual(
      whole.steps.map(({ host, layer }) => `${host} ${layer}`),
      ["api-1 route", "edge-1 relay", "db-1 tunnel", "db-1 firewall", `${behind} service`, "api-1 answer"],
    );
    const near = trace("icmp", "edge-1", ipv4);
    await assert.rejects(near, /edge-1 reaches 203\.0\.113\.\d+ by itself/, "it has that network of its own");
    const itself = await edge.run(["portway", "trace", "db-1", behind, "icmp"], { check: false });
    assert.match(itself.stderr, /db-1 reaches 192\.168\.50\.10 by itself, without the network/);
  });

  test("names another firewall that drops, at either end and on a relay", async () => {
    const block = (host: Host, hook: string, priority: number) =>
      host.run([
        "nft",
        `add table inet off; add chain inet off c { type filter hook ${hook} priority ${priority}; policy accept; }; add rule inet off c tcp dport 5432 drop`,
      ]);
    const undo = (host: Host) => host.run(["nft", "delete", "table", "inet", "off"]);
    const places: readonly (readonly [Host, string, number, RegExp])[] = [
      [db1, "input", 20, /^db-1 firewall false: Portway lets in tcp\/5432 from api-1, and another firewall of db-1/],
      [db1, "input", -20, /^db-1 firewall false: .*though rules let it in: another firewall/],
      [edge, "forward", -20, /^edge-1 relay false/],
      [api1, "output", 20, /^api-1 firewall false: .*another firewall of api-1/],
    ];
    for (const [host, hook, priority, expected] of places) {
      await block(host, hook, priority);
      assert.match(await last("tcp/5432"), expected);
      await undo(host);
    }
    assert.match(await last("tcp/5432"), /^api-1 answer true/);
    await block(db1, "forward", 20);
    assert.match(await last("tcp/5432", printer.addresses.ipv4), /^db-1 firewall false: .*another firewall of db-1/);
    await undo(db1);
    await block(printer, "input", 20);
    const mute = /^192.168.50.10 answer false: no answer came to db-1/;
    assert.match(await last("tcp/5432", printer.addresses.ipv4), mute);
    await undo(printer);
  });

  test("leaves nothing behind, and tells of a host that cannot be asked", async () => {
    for (const host of [edge, api1, db1])
      assert.doesNotMatch((await host.run(["nft", "list", "tables"])).stdout, /trace/);
    const { code, stderr } = await edge.run(["portway", "trace", "api-1", "db-9", "icmp"], { check: false });
    assert.deepEqual([code, /no host db-9/.test(stderr)], [1, true]);
  });
});
