// A guest that is a host of a lab: alone in it has it Debian's kernel, so that its interfaces are the kernel's own WireGuard and
// its lines have netem, beside hosts in namespaces that cost the machine no emulation.
import { type Addresses, type Segment, tapOn } from "../lab/segment.ts";
import { type Guest, openGuest } from "./guest.ts";

export interface PluggedGuest extends Guest {
  readonly name: string;
  readonly addresses: Addresses;
}

/** Boots it, plugged into a segment, with the names that the lab knows by then. */
export async function plugGuest(
  name: string,
  { on, delayMs = 0 }: { readonly on: Segment; readonly delayMs?: number },
): Promise<PluggedGuest> {
  const number = on.nextNumber();
  const { tap, addresses, lines } = await tapOn(on, number);
  const guest = await openGuest({ cable: { tap, pid: on.router.pid, number }, first: true });
  const names = (await on.router.readFile("/etc/hosts")).replace(/^127\.0\.1\.1 .*$/m, `127.0.1.1 ${name}`);
  try {
    await guest.run(`hostname ${name}
      printf '%s' '${names}' >/etc/hosts
      ip -batch - <<'END'\n${lines.join("\n")}\nEND
      ln -sf /opt/portway/bin/portway /usr/local/bin/portway
      ${delayMs > 0 ? slowLine(delayMs) : ""}`);
  } catch (error) {
    await guest.stop();
    throw error;
  }
  return { ...guest, name, addresses };
}

/** Both ways: what comes in is sent by way of an interface that does nothing else. */
const slowLine = (delayMs: number) => `set -e
  modprobe ifb numifbs=1
  ip link set ifb0 up
  tc qdisc add dev eth0 root netem limit 10000 delay ${delayMs}ms
  tc qdisc add dev eth0 ingress
  tc filter add dev eth0 parent ffff: protocol all matchall action mirred egress redirect dev ifb0
  tc qdisc add dev ifb0 root netem limit 10000 delay ${delayMs}ms`;
