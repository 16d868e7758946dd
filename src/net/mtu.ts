// What the tunnel costs in bytes a packet.
import type { Family } from "./address.ts";

/** The least MTU that IPv6 allows on a link (RFC 8200 section 5). */
export const ipv6MinimumMtu = 1280;

const wireguardBytes = 32; // data header 16, Poly1305 tag 16
const udpBytes = 8;

/** Bytes that WireGuard adds to a packet: outer IP header, UDP, its own header and tag. */
export function wireguardOverhead(outerFamily: Family): number {
  return (outerFamily === 4 ? 20 : 40) + udpBytes + wireguardBytes;
}

/** The largest inner packet that fits an outer MTU. WireGuard pads to 16 bytes but never past its interface's MTU. */
export function overlayMtu(outerMtu: number, outerFamily: Family): number {
  return outerMtu - wireguardOverhead(outerFamily);
}

/** TCP's maximum segment size inside an MTU: less the IP and TCP headers without options. */
export function tcpSegmentSize(mtu: number, family: Family): number {
  return mtu - (family === 4 ? 20 : 40) - 20;
}
