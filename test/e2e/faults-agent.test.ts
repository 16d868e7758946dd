// What an agent makes of faults on its own machine, without control.
//
//   internet ──┬── edge-1 (relay) ──┬── db-1 ──┬── gateway "home" ── api-1
//                                              └── gateway "office" (hard) ── api-2
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { createLab, type Host, type Lab } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { waitFor } from "../lab/wait-for.ts";
import { type AgentHost, type AgentNetwork, agentNetwork, reaches } from "./agent-network.ts";
import { jumpingClock } from "./system.ts";

const rules = [
  { from: "api-1", to: "db-1", allow: "icmp" },
  { from: "api-1", to: "api-2", allow: "icmp" },
];

/** What is there of the overlay: lines, without what comes and goes by itself. */
async function overlay(host: Host): Promise<string> {
  const script = `
    ip -brief address | grep ^pw | sed 's/ fe80[^ ]*//'; ip rule; ip -6 rule
    ip route show table all proto 181; ip -6 route show table all proto 181
    nft -s list ruleset | grep -v 'chain load_' # each load has a name of its own
    for link in $(cd /sys/class/net && echo pw*); do wg show $link allowed-ips | sort; wg show $link public-key; done`;
  const { stdout } = await host.run(["sh", "-c", script], { check: false });
  return stdout.split("\n").sort().join("\n"); // an interface that was made anew comes last
}

/** Puts a program before another that hangs from \`hang\` to \`free\`. */
async function hanging(host: Host, program: string) {
  const folder = `/run/root/${program}-real`;
  const stub = `#!/bin/sh\n[ -e ${folder}/hangs ] && exec sleep 600\nexec ${folder}/${program} "$@"\n`;
  await host.writeFile(`/run/root/${program}-stub`, stub, 0o755);
  const path = (await host.run(["sh", "-c", `readlink -f "$(command -v ${program})"`])).stdout.trim();
  await host.run([
    "sh",
    "-ec",
    `mkdir ${folder}; cp ${path} ${folder}/; mount --bind /run/root/${program}-stub ${path}`,
  ]);
  return {
    hang: () => host.run(["touch", `${folder}/hangs`]),
    free: () => host.run(["rm", `${folder}/hangs`]),
  };
}

suite("an agent", { ...needsRoot, timeout: 280_000 }, () => {
  let lab: Lab;
  let net: AgentNetwork;
  let [edge, db, api1, api2] = [] as unknown as [AgentHost, AgentHost, AgentHost, AgentHost];
  const all = () => [edge, db, api1, api2];
  const clockOf = ({ stateDir }: AgentHost) => join(stateDir, "clock.json");
  const jump = (one: AgentHost, by: { readonly wallMs?: number; readonly monotonicMs?: number }) =>
    writeFileSync(clockOf(one), JSON.stringify(by));
  const passed = (revision: number) =>
    waitFor(() => all().every((one) => one.status()?.revision === revision), { what: `revision ${revision}` });
  const wireguards = (host: Host) =>
    host.processes().flatMap(({ pid, command }) => (command.startsWith("wireguard-go") ? [pid] : []));

  before(async () => {
    lab = createLab();
    const internet = await lab.internet();
    const [home, office] = await Promise.all([lab.nat("home", { kind: "easy" }), lab.nat("office", { kind: "hard" })]);
    const hosts = await Promise.all([
      lab.host("edge-1", { on: internet }),
      lab.host("db-1", { on: internet }),
      lab.host("api-1", { on: home }),
      lab.host("api-2", { on: office }),
    ]);
    net = agentNetwork(lab);
    edge = net.join(hosts[0], { roles: ["relay"], endpoint: `${hosts[0].addresses.ipv4}:51820` });
    db = net.join(hosts[1], { endpoint: `${hosts[1].addresses.ipv4}:51820` });
    [api1, api2] = [net.join(hosts[2]), net.join(hosts[3])];
    net.apply(rules);
  });
  after(() => lab?.close());

  test("has its tunnels up where one packet in five is lost", async (t) => {
    for (const { host } of [db, api1]) await host.impair({ lossPercent: 20 });
    const startedAt = performance.now();
    for (const one of all()) one.startAgent(jumpingClock(clockOf(one)));
    await Promise.all([reaches(api1, db), reaches(db, api1)]);
    t.diagnostic(`tunnel_up_at_20_percent_loss_s ${((performance.now() - startedAt) / 1000).toFixed(1)}`);
    for (const { host } of [db, api1]) await host.impair({ lossPercent: 0 });
    await Promise.all([reaches(api1, db, "pw0"), reaches(db, api1, "pw0"), reaches(api1, api2), reaches(api2, api1)]);
  });

  test("makes again what was taken away by hand, and nothing else", async (t) => {
    const { host } = db;
    const whole = await overlay(host);
    const faults = [
      ["nft_flushed", "nft flush ruleset", "nft -s list ruleset", /^nft /],
      [
        "routes_removed",
        "ip route flush proto 181; ip -6 route flush proto 181",
        "ip route show table all proto 181 | sort; ip -6 route show table all proto 181 | sort",
        /^ip (-6 )?route |^wg set \S+ peer \S+ endpoint \S+$/, // of peers that fell silent
      ],
      [
        "peers_wiped",
        "for key in $(wg show pw0 peers); do wg set pw0 peer $key remove; done",
        "wg show pw0 allowed-ips | sort",
        /^wg set pw0 peer |^ip route replace /, // to another path, and back
      ],
    ] as const;
    for (const [name, damage, look, remedy] of faults) {
      const part = async () => (await host.run(["sh", "-c", look], { check: false })).stdout;
      const [before, wholePart] = [db.changes().length, await part()];
      await host.run(["sh", "-ec", damage]);
      const damagedAt = performance.now();
      assert.notEqual(await part(), wholePart, name);
      // Routes may be on another path for a while.
      const isRepaired = async () => (await part()).split("\n").length >= wholePart.split("\n").length;
      await waitFor(isRepaired, { what: `the end of ${name}`, intervalMs: 50 });
      t.diagnostic(`${name}_repaired_s ${((performance.now() - damagedAt) / 1000).toFixed(1)}`);
      await waitFor(async () => (await overlay(host)) === whole, {
        what: `all to be as before ${name}`,
        timeoutMs: 30_000,
      });
      const changes = db.changes().slice(before);
      assert.deepEqual(
        changes.filter((command) => !remedy.test(command)),
        [],
        name,
      );
      await reaches(db, api1, "pw0");
    }
  });

  test("makes an interface again that was deleted by hand, and leaves the others alone", async (t) => {
    const { host } = api1;
    const [whole, before, pids] = [await overlay(host), api1.changes().length, wireguards(host)];
    await host.run(["ip", "link", "delete", "pw0"]);
    const deletedAt = performance.now();
    await waitFor(async () => (await overlay(host)) === whole, { what: "pw0 to be back", intervalMs: 100 });
    t.diagnostic(`interface_deleted_repaired_s ${((performance.now() - deletedAt) / 1000).toFixed(1)}`);
    assert.equal(wireguards(host).filter((pid) => pids.includes(pid)).length, pids.length - 1);
    assert.deepEqual(
      api1
        .changes()
        .slice(before)
        .filter((command) => /(wg set|wireguard-go -f|link set) pwr1/.test(command)),
      [],
    );
    await Promise.all([reaches(api1, db, "pw0"), reaches(db, api1, "pw0")]);
  });

  for (const program of ["wg", "ip"])
    test(`tries again where \`${program}\` hangs, says so, and leaves the tunnels as they are`, async (t) => {
      const { host } = api1;
      const { hang, free } = await hanging(host, program);
      await Promise.all([reaches(api1, db, "pw0"), reaches(db, api1, "pw0")]);
      const pings = await pinger(host, db.ipv4());
      const pids = wireguards(host);
      await hang();
      const revision = net.apply([...rules, { from: "db-1", to: "api-1", allow: "icmp" }]);
      const error = await waitFor(() => api1.status()?.error, { what: "a word of it", timeoutMs: 60_000 });
      assert.match(error, new RegExp(`${program} .*timed out after \\d+ ms`));
      await free();
      const freedAt = performance.now();
      const isInForce = () => api1.status()?.revision === revision && api1.status()?.error === undefined;
      await waitFor(isInForce, { what: "the state to be in force", timeoutMs: 60_000 });
      t.diagnostic(`${program}_hung_repaired_s ${((performance.now() - freedAt) / 1000).toFixed(1)}`);
      assert.deepEqual(wireguards(host), pids);
      assert.equal((await pings.stop()).lost, 0);
      await passed(net.apply(rules));
    });

  test("keeps its tunnels as they are when its clock jumps by ten minutes", async () => {
    for (const wallMs of [600_000, -600_000]) {
      await reaches(api1, db, "pw0");
      const pings = await pinger(api1.host, db.ipv4());
      const before = all().map((one) => one.changes().length);
      for (const one of [edge, api1]) jump(one, { wallMs });
      await passed(net.apply(rules));
      const changes = all().flatMap((one, index) => one.changes().slice(before[index]));
      assert.deepEqual([changes, (await pings.stop()).lost], [[], 0]);
      assert.ok(api1.status()!.peers.every((peer) => peer.online));
    }
    for (const one of [edge, api1]) jump(one, {});
  });

  test("has a spoke back whose clock was set back, once its session is over", async (t) => {
    const isLegUp = () => db.status()?.relays?.find(({ host }) => host === "edge-1")?.online === true;
    await waitFor(isLegUp, { what: "db-1 to reach its relay" });
    const [own, theirs] = await Promise.all([
      db.host.run(["wg", "show", "pwr1", "public-key"]),
      edge.host.run(["wg", "show", "pwr", "public-key"]),
    ]);
    const key = join(db.stateDir, "agent/keys/pwr1.1.key");
    const { ipv4 } = edge.host.addresses;
    const forge = join(import.meta.dirname, "../lab/forged-handshake.ts");
    await db.host.run([process.execPath, forge, key, theirs.stdout.trim(), ipv4, "51822", "600"]);
    const port = (await db.host.run(["wg", "show", "pwr1", "listen-port"])).stdout.trim();
    const endpoint = `${db.host.addresses.ipv4}:${port}`; // of the interface itself, not of what spoke for it
    await edge.host.run(["wg", "set", "pwr", "peer", own.stdout.trim(), "endpoint", endpoint]);
    await db.host.run(["wg", "set", "pwr1", "peer", theirs.stdout.trim(), "remove"]); // its session ends; it is added again
    await waitFor(() => !isLegUp(), { what: "db-1 to miss its relay" });
    const tried = () => db.status()?.relays?.find(({ host }) => host === "edge-1")?.tried ?? [];
    await waitFor(() => tried().some((one) => /new handshake/.test(one)), { what: "a handshake that is refused" });
    assert.ok(!isLegUp());
    jump(edge, { monotonicMs: 180_000 }); // by then the session of before is over on the relay
    const overAt = performance.now();
    await waitFor(isLegUp, { what: "db-1 to reach its relay again", timeoutMs: 30_000 });
    t.diagnostic(`silenced_by_clock_back_s ${((performance.now() - overAt) / 1000).toFixed(1)}`);
  });
});
