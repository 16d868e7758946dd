// What an agent changes of a machine.
import assert from "node:assert/strict";
import type { Host } from "../lab/lab.ts";

/** What an agent could leave or miss: lines, without counters, the name of the last load of its firewall, and without what the lab's own cables do by and by. */
export async function traces(host: Host): Promise<readonly string[]> {
  const script = `
    ip -brief address; ip rule; ip -6 rule; ip route show table all; ip -6 route show table all
    nft -s list ruleset | grep -v 'chain load_'
    for link in $(ls /sys/class/net | grep ^pw); do wg show $link allowed-ips | sort; ip link show $link | grep -o "mtu .*"; done
    grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv4/ip_forward`;
  const text = (await host.run(["sh", "-c", script], { check: false })).stdout;
  return text.split("\n").flatMap((line) => {
    if (/stable_secret|^(local|multicast)? ?(fe80|ff00)::/.test(line)) return [];
    return line.replace(/@if\d+|fe80::\S+/g, "").trim();
  });
}

export function assertSame(now: readonly string[], before: readonly string[], what = ""): void {
  const without = (lines: readonly string[], others: readonly string[]) => lines.filter((one) => !others.includes(one));
  assert.deepEqual({ more: without(now, before), less: without(before, now) }, { more: [], less: [] }, what);
}

/** Its processes of wireguard-go, by command and number. */
export const wireguardPids = (host: Host) =>
  host
    .processes()
    .filter(({ command }) => command.startsWith("wireguard-go"))
    .map(({ pid, command }) => `${command} ${pid}`)
    .sort();
