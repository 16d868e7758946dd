// Slows down whoever guesses: failed attempts per address, in a table that cannot grow without end.
import type { Clock } from "../lib/clock.ts";
import { parseAddress } from "../net/address.ts";
import { formatPrefix, makePrefix } from "../net/prefix.ts";

export interface Throttle {
  /** Milliseconds until this address may try again; 0: now. */
  readonly waitMs: (address: string) => number;
  readonly failed: (address: string) => void;
}

export interface ThrottleLimits {
  /** Failures that an address may make at once. */
  readonly burst: number;
  /** After this long, one more is allowed. */
  readonly everyMs: number;
  /** Addresses remembered; the one that failed longest ago is forgotten first. */
  readonly addresses: number;
}

const defaultLimits: ThrottleLimits = { burst: 10, everyMs: 6_000, addresses: 10_000 };

/** A throttle over IPv4 addresses and IPv6 /64 networks (who has one address of those has all). */
export function createThrottle(clock: Pick<Clock, "monotonic">, limits: ThrottleLimits = defaultLimits): Throttle {
  /** When all of an address's failures will be forgiven; in the order of the last failure. */
  const forgivenAtMs = new Map<string, number>();
  const toleranceMs = (limits.burst - 1) * limits.everyMs;
  return {
    waitMs(address) {
      const forgiven = forgivenAtMs.get(networkOf(address)) ?? 0;
      return Math.max(0, forgiven - clock.monotonic() - toleranceMs);
    },
    failed(address) {
      const network = networkOf(address);
      const forgiven = Math.max(forgivenAtMs.get(network) ?? 0, clock.monotonic()) + limits.everyMs;
      forgivenAtMs.delete(network);
      forgivenAtMs.set(network, forgiven);
      const [oldest] = forgivenAtMs.keys();
      if (forgivenAtMs.size > limits.addresses && oldest !== undefined) forgivenAtMs.delete(oldest);
    },
  };
}

function networkOf(text: string): string {
  const unmapped = text.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  const address = parseAddress(unmapped);
  return address?.family === 6 ? formatPrefix(makePrefix(address, 64)) : unmapped;
}
