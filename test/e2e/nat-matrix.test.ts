// Every kind of connection with every other, and the way that each pair must find: direct, or through a relay.
//
//   internet ──┬── relay-1 (its relay plane on UDP 443) ──┬── relay-2 ──┬── open ──┬── walled (host firewall) ──┬── only6
//              ├── easy nat ──┬── easy-a ──┬── easy-b        ├── easy nat ── easy-c     ├── hard nat ── hard-a   └── hard nat ── hard-b
//              ├── carrier's nat ── nat ── cgnat             └── easy nat, UDP to port 443 alone ── shut
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Finding } from "../../src/cli/netcheck/finding.ts";
import { createLab, type Lab, type Lan } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import type { Segment } from "../lab/segment.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, agentNetwork } from "./agent-network.ts";

type Kind = "open" | "walled" | "only6" | "easy" | "cgnat" | "hard" | "shut";

/** What each host is; `easy-a` and `easy-b` are behind one NAT. */
const kinds: Readonly<Record<string, Kind>> = {
  open: "open",
  walled: "walled",
  only6: "only6",
  "easy-a": "easy",
  "easy-b": "easy",
  "easy-c": "easy",
  cgnat: "cgnat",
  "hard-a": "hard",
  "hard-b": "hard",
  shut: "shut",
};

/** Whether two hosts of these kinds can find a direct way. */
function meets(a: Kind, b: Kind): boolean {
  if (a === "shut" || b === "shut") return false; // they get UDP through to the relay alone
  if (a === "only6" || b === "only6") return [a, b].every((kind) => ["only6", "open", "walled"].includes(kind));
  if (a === "hard" || b === "hard") return a === "open" || b === "open"; // a mapping for each other end: nobody can guess it
  return true;
}

suite("all kinds of NAT", needsRoot, () => {
  let lab: Lab;
  const hosts = new Map<string, AgentHost>();
  const pairs: (readonly [string, string])[] = Object.keys(kinds).flatMap((a, index, all) =>
    all.slice(index + 1).map((b) => [a, b] as const),
  );

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    const nat = (name: string, kind: "easy" | "hard" | "cgnat") => lab.nat(name, { kind });
    const [home, office, cafe, hotel, mobile, plant]: Lan[] = await Promise.all([
      nat("home", "easy"),
      nat("office", "easy"),
      nat("cafe", "hard"),
      nat("hotel", "hard"),
      nat("mobile", "cgnat"),
      nat("plant", "easy"),
    ]);
    const places: Readonly<Record<string, Segment>> = {
      "relay-1": internet,
      "relay-2": internet,
      ...{ open: internet, walled: internet, only6: internet },
      ...{ "easy-a": home!, "easy-b": home!, "easy-c": office!, cgnat: mobile! },
      ...{ "hard-a": cafe!, "hard-b": hotel!, shut: plant! },
    };
    const net = agentNetwork(lab);
    await Promise.all(
      Object.entries(places).map(async ([name, on]) => {
        const isRelay = name.startsWith("relay");
        const host = await lab.host(name, { on, ...(isRelay && { names: [`${name}.example.com`] }) });
        const relay = { roles: ["relay"], endpoint: `${name}.example.com:51820` } as const;
        hosts.set(name, net.join(host, isRelay ? { ...relay, relayPort: name === "relay-1" ? 443 : 51822 } : {}));
      }),
    );
    const only6 = hosts.get("only6")!.host;
    await only6.ip([`addr del ${only6.addresses.ipv4}/24 dev eth0`]);
    const wall =
      "table inet wall { chain input { type filter hook input priority 0; iifname eth0 ct state new drop; }; }";
    await hosts.get("walled")!.host.run(["nft", "-f", "-"], { input: wall });
    const others = "udp dport != 443";
    const shut = `table inet shut { chain forward { type filter hook forward priority -1; oifname wan ${others} drop; }; }`;
    await plant!.gateway.run(["nft", "-f", "-"], { input: shut });
    net.apply(pairs.map(([from, to]) => ({ from, to, allow: "icmp" })));
    for (const one of hosts.values()) one.startAgent();
  });
  after(() => lab?.close());

  const wayOf = (from: string, to: string) => {
    const peer = hosts
      .get(from)!
      .status()
      ?.peers.find((one) => one.host === to);
    return peer?.online ? peer.path?.kind : undefined;
  };
  const expected = ([a, b]: readonly [string, string]) => (meets(kinds[a]!, kinds[b]!) ? "direct" : "relay");

  test("every pair finds the best way that there is, from both ends", async () => {
    const wrong = () =>
      pairs
        .flatMap(([a, b]) => [[a, b] as const, [b, a] as const])
        .filter(([a, b]) => wayOf(a, b) !== expected([a, b]))
        .map(([a, b]) => `${a} to ${b}: ${wayOf(a, b)} instead of ${expected([a, b])}`);
    await waitFor(
      () => {
        assert.deepEqual(wrong(), []);
        return true;
      },
      { what: "all ways to be found", timeoutMs: 90_000, intervalMs: 250 },
    );
  });

  test("netcheck tells each host what it is behind", async () => {
    const looked: Readonly<Record<string, readonly [nat: string, udp: string]>> = {
      open: ["none", "good"],
      walled: ["none", "good"],
      "easy-a": ["easy", "good"],
      cgnat: ["easy", "good"],
      "hard-a": ["hard", "good"],
      shut: ["unknown", "warning"],
    };
    const found = await Promise.all(
      Object.keys(looked).map(async (name) => {
        const { host, stateDir } = hosts.get(name)!;
        const words = ["portway", "--state-dir", stateDir, "netcheck", "--json"];
        const { code, stdout } = await host.run(words, { check: false, timeoutMs: 60_000 });
        assert.equal(code, 1, "this network has no control");
        const { findings } = JSON.parse(stdout) as { readonly findings: readonly Finding[] };
        const of = (check: string) => findings.find((one) => one.check === check)!;
        assert.deepEqual(
          [of("control").state, of("ports").state, of("programs").state],
          ["bad", "good", "good"],
          stdout,
        );
        return [name, [of("nat").details?.["kind"], of("udp").state]];
      }),
    );
    assert.deepEqual(Object.fromEntries(found), looked);
  });

  test("and their packets arrive", async () => {
    const ran = await Promise.all(
      pairs.map(async ([a, b]) => {
        const words = ["ping", "-n", "-c1", "-W3", hosts.get(b)!.ipv4()];
        return { pair: `${a} to ${b}`, code: (await hosts.get(a)!.host.run(words, { check: false })).code };
      }),
    );
    assert.deepEqual(
      ran.filter(({ code }) => code !== 0),
      [],
    );
  });
});
