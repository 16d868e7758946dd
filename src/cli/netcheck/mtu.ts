// The largest packet that reaches a relay whole, by echoes that may not be fragmented; what agents measure inside the tunnels
// is in `portway status` and `portway ping`.
import type { Exec } from "../../lib/exec.ts";
import { parseEndpoint } from "../../net/endpoint.ts";
import type { LineRelay } from "../../wire/netcheck.ts";
import { type Finding, finding } from "./finding.ts";

/** Sizes of the whole packet that lines have, largest first: Ethernet, PPPoE, tunnels, the least that IPv6 asks for. */
const sizes = [1500, 1492, 1480, 1460, 1420, 1400, 1360, 1280] as const;
/** What WireGuard adds to a packet of 1280 bytes, the least that the overlay carries (IPv6 inside and outside). */
const leastBytes = 1360;

export async function mtuFinding(exec: Exec, relays: readonly LineRelay[]): Promise<Finding> {
  const reached = relays.flatMap(({ host, endpoint }) => {
    const address = endpoint === undefined ? undefined : parseEndpoint(endpoint, 0)?.host;
    return address === undefined ? [] : [{ host, address }];
  });
  if (reached.length === 0) return finding("mtu", "unknown", "no relay to measure it to");
  const found = await Promise.all(reached.map(async (one) => ({ ...one, mtu: await largest(exec, one.address) })));
  const told = found.filter(({ mtu }) => mtu !== undefined) as readonly {
    readonly host: string;
    readonly mtu: number;
  }[];
  const details = Object.fromEntries(found.map(({ host, mtu }) => [host, mtu ?? null]));
  if (told.length === 0)
    return finding("mtu", "unknown", "no relay answers echoes; agents measure inside the tunnel", { details });
  const least = Math.min(...told.map(({ mtu }) => mtu));
  const text = told.map(({ host, mtu }) => `${mtu} bytes to ${host}`).join(", ");
  return finding("mtu", least < leastBytes ? "warning" : "good", text, {
    details,
    ...(least < leastBytes && { hint: "so small a line carries IPv4 alone: packets of IPv6 need 1280 bytes inside" }),
  });
}

/** Undefined: not even the smallest is answered. */
async function largest(exec: Exec, address: string): Promise<number | undefined> {
  const headers = address.includes(":") ? 48 : 28;
  const answered = await Promise.all(
    sizes.map(async (size) => {
      const words = ["-n", "-c", "2", "-i", "0.3", "-W", "1", "-M", "do", "-s", `${size - headers}`, address];
      return (await exec("ping", words, { timeoutMs: 4_000 })).code === 0;
    }),
  );
  return sizes.find((_, at) => answered[at]);
}
