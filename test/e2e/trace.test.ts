// `portway trace` against `portway can`, with real agents, tunnels and faults:
//
//   internet ──┬── edge-1 (control, relay) ──┬── gateway "home" ── api-1
//                                            └── gateway "office" ── db-1       both NATs are hard
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { HostDetail } from "../../src/wire/api.ts";
import type { CanAnswer } from "../../src/wire/can.ts";
import type { TraceAnswer } from "../../src/wire/trace.ts";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { waitFor } from "../lab/wait-for.ts";
import { enrol } from "./enrol.ts";

const file = `
version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [relay], endpoint: edge.example.com:51820 }
  api-1: {}
  db-1: {}
access:
  - { from: [api-1], to: [db-1], allow: [tcp/5432, tcp/5433, udp/53, icmp] }
`;

const listener = `require("node:net").createServer((socket) => socket.on("error", () => {})).listen(5432)`;

suite("a trace", { ...needsRoot, timeout: 180_000 }, () => {
  let lab: Lab;
  let [edge, api1, db1] = [] as unknown as [Host, Host, Host];
  const portway = async <T>(...words: string[]) =>
    JSON.parse((await edge.run(["portway", "--json", ...words], { check: false, timeoutMs: 20_000 })).stdout) as T;
  const trace = (what: string, from = "api-1", to = "db-1") => portway<TraceAnswer>("trace", from, to, what);
  const last = async (what: string) => {
    const { host, layer, ok, text } = (await trace(what)).steps.at(-1)!;
    return `${host} ${layer} ${ok}: ${text}`;
  };

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    const [home, office] = await Promise.all([lab.nat("home", { kind: "hard" }), lab.nat("office", { kind: "hard" })]);
    [edge, api1, db1] = await Promise.all([
      lab.host("edge-1", { on: internet, names: ["edge.example.com"] }),
      lab.host("api-1", { on: home! }),
      lab.host("db-1", { on: office! }),
    ]);
    edge.start(["portway", "control", "--advertise", "https://edge.example.com:7443"]);
    await waitFor(() => portway("hosts"), { what: "control to answer", timeoutMs: 20_000 });
    await edge.writeFile("/run/portway.yaml", file);
    await edge.run(["portway", "apply", "--yes", "/run/portway.yaml"]);
    for (const host of [edge, api1, db1]) {
      await enrol(edge, host);
      host.start(["portway", "agent"]);
    }
    db1.start([process.execPath, "-e", listener]);
    const isUp = async () =>
      (await portway<HostDetail>("hosts", "show", "api-1")).agent?.peers.every((one) => one.online);
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
      const can = await portway<CanAnswer>("can", from, to, what);
      const { reached, allowed } = await trace(what, from, to);
      assert.deepEqual([reached, allowed], [can.allowed, can.allowed], `${from} ${to} ${what}`);
    }
    assert.match(await last("tcp/22"), /^db-1 firewall false: Portway's firewall drops tcp\/22 from api-1/);
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
  });

  test("leaves nothing behind, and tells of a host that cannot be asked", async () => {
    for (const host of [edge, api1, db1])
      assert.doesNotMatch((await host.run(["nft", "list", "tables"])).stdout, /trace/);
    const { code, stderr } = await edge.run(["portway", "trace", "api-1", "db-9", "icmp"], { check: false });
    assert.deepEqual([code, /no host db-9/.test(stderr)], [1, true]);
  });
});
