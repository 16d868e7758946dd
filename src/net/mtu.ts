// What the tunnel costs in bytes a packet.
import type { Family } from "./address.ts";

/** The least MTU that IPv6 allows on a link (RFC 8200 section 5). */
export const ipv6MinimumMtu = 1280;

const wireguardBytes = 32; // data header 16, Poly1305 tag 16
const udpBytes = 8;

/** The largest inner packet that fits an outer MTU. WireGuard pads to 16 bytes but never past its interface's MTU. */
export function overlayMtu(outerMtu: number, outerFamily: Family): number {
  return outerMtu - (outerFamily === 4 ? 20 : 40) - udpBytes - wireguardBytes;
}
