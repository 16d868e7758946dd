// Whether a plane carries packets that could be too large. Only then is a path worth another look, and only such packets
// can have been lost.
import { readFileSync } from "node:fs";

/** Of a plane's interface, since it was made. */
export interface Traffic {
  readonly bytes: number;
  readonly packets: number;
}

/** Probes and acknowledgements are smaller than this; a packet that is much larger shows in the sum. */
const smallBytes = 80;
const largeBytes = 1_000;

/** Something large has gone out between two looks, besides this many bytes of the agent's own. */
export function carriesLarge(before: Traffic, now: Traffic, ownBytes: number): boolean {
  const packets = now.packets - before.packets;
  return packets > 0 && now.bytes - before.bytes - ownBytes - packets * smallBytes >= largeBytes;
}

/** What has gone out by an interface; undefined: it is not there. */
export function readTraffic(link: string): Traffic | undefined {
  const read = (name: string) => Number(readFileSync(`/sys/class/net/${link}/statistics/${name}`, "utf8"));
  try {
    return { bytes: read("tx_bytes"), packets: read("tx_packets") };
  } catch {
    return undefined;
  }
}
