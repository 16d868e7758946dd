// Faults on the hosts of a network, with public requests as the proof; and what is left when they go.
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Host } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { waitFor } from "../lab/wait-for.ts";
import { jumpingClock, kill, openSystem, pidsOf, type System } from "./system.ts";

/** Everything of a machine that Portway could leave something in: lines, without counters and what changes by itself. */
async function machine(host: Host): Promise<readonly string[]> {
  const script = `
    ip -details -oneline address | sed "s/ [a-z_]*_lft [0-9a-z]*//g"
    for family in -4 -6; do ip $family rule; ip $family -details route show table all; done
    nft list ruleset
    find /proc/sys/net/ipv4 /proc/sys/net/ipv6 /proc/sys/net/core -type f ! -name stable_secret | xargs grep -s .
    ls -A /var/lib/portway /etc/portway
    find /run /var/log /etc/systemd -name "*portway*" -not -path "/run/root/.cache/*"
    ls -A /run/wireguard
  `;
  const { stdout } = await host.run(["sh", "-c", script], { check: false });
  const lines = stdout.split("\n").map((line) => line.replace(/@if\d+|link-netnsid \d+/g, "").trim());
  const processes = host.processes().map(({ command }) => command);
  return [...lines.filter((line) => !/fe80::|ff00::/.test(line)), ...processes].sort(); // link-local ones of eth0 come late
}

/** Waits for a machine to be as it was, for programs take a moment to end, and says what is not. */
async function assertSame(host: Host, before: readonly string[]): Promise<void> {
  const without = (lines: readonly string[], others: readonly string[]) => lines.filter((one) => !others.includes(one));
  const difference = async () => {
    const now = await machine(host);
    return { more: without(now, before), less: without(before, now) };
  };
  let last = await difference();
  for (let tries = 0; tries < 50 && last.more.length + last.less.length > 0; tries++) {
    await setTimeout(100);
    last = await difference();
  }
  assert.deepEqual({ host: host.name, ...last }, { host: host.name, more: [], less: [] });
}

suite("hosts of an installation", { ...needsRoot, timeout: 240_000 }, () => {
  let system: System;
  let [edgeBefore, apiBefore] = [[], []] as (readonly string[])[];
  before(async () => {
    system = await openSystem({
      prepare: async (edge, api) => {
        [edgeBefore, apiBefore] = await Promise.all([edge, api].map(machine));
      },
    });
  });
  after(() => system?.close());

  test("carry requests again after wireguard-go was killed, on either end", async () => {
    // Until then edge-1 knows of no way to api-1 but by waiting for it.
    const hasSeenApi = async () =>
      (await system.status()).hosts.find(({ name }) => name === "edge-1")?.agent?.peers[0]?.handshakeAgeSeconds;
    await waitFor(async () => (await hasSeenApi()) !== undefined, {
      what: "edge-1 to know where api-1 is",
      timeoutMs: 30_000, // agents report every 10 s
    });
    for (const host of [system.edge, system.api]) {
      const before = pidsOf(host, /^wireguard-go/);
      kill(host, /^wireguard-go/);
      await waitFor(() => pidsOf(host, /^wireguard-go/).length === before.length, { what: "wireguard-go to run" });
      await system.answers("/", "200");
      await system.online("api-1");
    }
  });

  test("carry requests again after their interfaces were deleted by hand, on either end", async () => {
    for (const host of [system.edge, system.api]) {
      const { stdout } = await host.run(["sh", "-c", "cd /sys/class/net && echo pw*"]);
      for (const link of stdout.trim().split(" ")) await host.run(["ip", "link", "delete", link]);
      await waitFor(async () => (await host.run(["sh", "-c", "cd /sys/class/net && echo pw*"])).stdout === stdout, {
        what: `${stdout.trim()} to be there again on ${host.name}`,
      });
      await system.answers("/", "200");
      await system.online("api-1");
    }
  });

  test("that leave are as they were before: addresses, routes, rules, firewall, settings, files, processes", async () => {
    assert.match(await system.ok(system.api, "leave"), /api-1 has left/);
    await assertSame(system.api, apiBefore!);
    const words = ["sh", "-c", "for link in $(cd /sys/class/net && echo pw*); do wg show $link peers; done"];
    await waitFor(async () => (await system.edge.run(words)).stdout === "", { what: "edge-1 to forget api-1" });
  });

  test("join and carry requests with a clock that is ten minutes off, and status says so", async () => {
    for (const [offsetMs, text] of [
      [-600_000, "600 s behind"],
      [600_000, "600 s ahead"],
    ] as const) {
      await system.api.writeFile("/run/root/clock", JSON.stringify({ wallMs: offsetMs }));
      await system.join(jumpingClock("/run/root/clock"));
      await system.online("api-1");
      await system.answers("/", "200");
      const skew = async () => (await system.status()).warnings.find(({ code }) => code === "clockSkew");
      const warning = await waitFor(skew, { what: "a warning of the clock" });
      assert.equal(warning.subject, "api-1");
      assert.ok(warning.text.includes(text), warning.text);
      await system.ok(system.api, "leave");
    }
  });

  test("that go down for good are as they were before", async () => {
    await system.ok(system.edge, "down", "--purge", "--yes");
    await assertSame(system.edge, edgeBefore!);
    await assertSame(system.api, apiBefore!);
  });
});
