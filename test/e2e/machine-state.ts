// All that Portway changes on a machine, as the kernel prints it.
import assert from "node:assert/strict";
import type { Box } from "../lab/box.ts";

const everything = `
  ip -o address; ip -o link; ip -4 rule; ip -6 rule; ip -4 route show table all; ip -6 route show table all
  nft list ruleset
  grep -r . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf /proc/sys/net/ipv4/ip_forward | sort`;

/** Without what counts. */
export async function machineState(host: Pick<Box, "run">): Promise<string> {
  return (await host.run(["sh", "-c", everything])).stdout;
}

/** Byte for byte; what differs is told by lines. */
export function assertSame(now: string, before: string, what: string): void {
  const [lines, others] = [now.split("\n"), before.split("\n")];
  const more = lines.filter((line) => !others.includes(line));
  const less = others.filter((line) => !lines.includes(line));
  assert.ok(now === before, `${what}: more: ${more.join("; ")} less: ${less.join("; ")}`);
}
