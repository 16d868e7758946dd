// The sizes that are worth asking for.
import { paddingBytes, unpaddedMtu, usualMtu } from "../../net/mtu.ts";

/** What an underlay of 576 bytes, the least that is still met, leaves over IPv6. */
const leastBytes = 496;

/** Inner sizes, ascending: each multiple of WireGuard's padding, and the largest that fits `most`. */
export function sizesUpTo(most: number, linkMtu: number): readonly number[] {
  const top = unpaddedMtu(most, linkMtu);
  const count = Math.ceil((top - leastBytes) / paddingBytes);
  return [...Array.from({ length: Math.max(0, count) }, (_, index) => leastBytes + index * paddingBytes), top];
}

/** What a path is taken to carry until it is measured: as much as Ethernet leaves, if the interface does. */
export function assumedMtu(linkMtu: number): number {
  return unpaddedMtu(Math.min(usualMtu, linkMtu), linkMtu);
}
