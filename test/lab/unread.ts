// Datagrams that arrived and that nobody read in time.
import type { Box } from "./box.ts";

/** How many the kernel dropped there because a socket's buffer was full (`RcvbufErrors` of /proc/net/snmp): a program stood still. */
export async function unreadDatagrams(box: Box): Promise<number> {
  const { stdout } = await box.run(["cat", "/proc/net/snmp", "/proc/net/snmp6"]);
  const [names = [], values = []] = stdout
    .split("\n")
    .flatMap((line) => (line.startsWith("Udp: ") ? [line.split(" ")] : []));
  const overIpv6 = /^Udp6RcvbufErrors\s+(\d+)/m.exec(stdout)?.[1] ?? 0;
  return Number(values[names.indexOf("RcvbufErrors")] ?? 0) + Number(overIpv6);
}
