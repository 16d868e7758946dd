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

/** WireGuard pads packets to a multiple of this. */
export const paddingBytes = 16;

/** The tunnel's MTU on Ethernet, over either family. */
export const usualMtu = overlayMtu(1500, 6);

/** The same on a network of jumbo frames. */
export const jumboMtu = overlayMtu(9000, 6);

/**
 * The largest packet that fits `mtu` when WireGuard has padded it: on an interface of a larger MTU what is not a multiple of
 * 16 grows.
 */
export function unpaddedMtu(mtu: number, linkMtu: number): number {
  return mtu >= linkMtu ? linkMtu : mtu - (mtu % paddingBytes);
}

/** What an inner packet of that many bytes, on an interface of that MTU, is on the line below. */
export function outerBytes(innerBytes: number, linkMtu: number, outerFamily: Family): number {
  const padded = Math.min(linkMtu, Math.ceil(innerBytes / paddingBytes) * paddingBytes);
  return padded + (outerFamily === 4 ? 20 : 40) + udpBytes + wireguardBytes;
}
