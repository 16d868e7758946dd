// A host that changes its address: WireGuard would find out by itself in time, when nothing was answered for a while. Told at
// once, its peers' next packets come from the new address after a handshake.
import type { Clock } from "../../lib/clock.ts";
import { type Interfaces, ownAddresses } from "../direct/candidates.ts";
import { every } from "../every.ts";

const everyMs = 250;

/** Calls `onRoam` each time that an address which led to others is gone; addresses that only come are no reason. */
export function watchAddresses(
  clock: Clock,
  interfaces: () => Interfaces,
  onRoam: (gone: readonly string[], now: readonly string[]) => void,
): { readonly close: () => void } {
  let known: readonly string[] = ownAddresses(interfaces());
  let gone: readonly string[] = [];
  return every(clock, everyMs, () => {
    const now = ownAddresses(interfaces());
    gone = [...gone, ...known.filter((one) => !now.includes(one))].filter((one) => !now.includes(one));
    known = now;
    if (gone.length === 0 || now.length === 0) return; // without any there is nowhere to go
    onRoam(gone, now);
    gone = [];
  });
}
