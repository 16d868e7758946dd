// A continuous ping whose losses are counted by sequence number.
import type { Box } from "./box.ts";
import { waitFor } from "./wait-for.ts";

export interface PingReport {
  readonly sent: number;
  readonly received: number;
  /** Missing below the highest number that came back: what was in flight at the end is not lost. All, when none came back. */
  readonly lost: number;
  /** Unix ms at which the answer before each came that is lost; of the first twenty. */
  readonly lostAtMs: readonly number[];
  /** Longest time between two answers. */
  readonly longestGapMs: number;
  /** Of a hundred round trips one takes longer. */
  readonly p99Ms: number;
}

export interface Pinger {
  /** What was seen so far. */
  readonly report: () => PingReport;
  /** Ends the ping. */
  readonly stop: () => Promise<PingReport>;
}

/** Pings `address` from `box`, every 20 ms unless told, and resolves at the first answer unless `waitForAnswer` is false. */
export async function pinger(
  box: Box,
  address: string,
  options: { readonly intervalMs?: number; readonly waitForAnswer?: boolean } = {},
): Promise<Pinger> {
  const intervalMs = options.intervalMs ?? 20;
  const ping = box.start(["ping", "-D", "-n", "-i", `${intervalMs / 1000}`, address], { name: "ping" });
  const report = () => pingReport(ping.logText());
  if (options.waitForAnswer !== false)
    await waitFor(() => report().received > 0, { what: `an answer from ${address} to ${box.name}` });
  return {
    report,
    stop: async () => {
      ping.kill("SIGINT");
      await ping.exited;
      return report();
    },
  };
}

/** Reads the output of `ping -D`, whole or so far. */
export function pingReport(output: string): PingReport {
  const numbers = new Map<number, number>();
  let [highest, longestGapMs] = [0, 0];
  const roundTripsMs: number[] = [];
  let previousMs: number | undefined;
  for (const answer of output.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from .* icmp_seq=(\d+) .*time=([\d.]+)/gm)) {
    const atMs = Number(answer[1]) * 1000;
    longestGapMs = Math.max(longestGapMs, atMs - (previousMs ?? atMs));
    previousMs = atMs;
    const number = unwrap(Number(answer[2]), highest);
    numbers.set(number, atMs);
    roundTripsMs.push(Number(answer[3]));
    highest = Math.max(highest, number);
  }
  const sent = Number(/^(\d+) packets transmitted/m.exec(output)?.[1] ?? highest);
  const received = numbers.size;
  const p99Ms = roundTripsMs.sort((a, b) => a - b)[Math.floor(roundTripsMs.length * 0.99)] ?? 0;
  const lost = received === 0 ? sent : highest - received;
  return { sent, received, lost, lostAtMs: lost === 0 ? [] : lostTimes(numbers, highest), longestGapMs, p99Ms };
}

function lostTimes(atMs: ReadonlyMap<number, number>, highest: number): readonly number[] {
  const times: number[] = [];
  let beforeMs = 0;
  for (let number = 1; number < highest && times.length < 20; number++) {
    if (!atMs.has(number)) times.push(beforeMs);
    beforeMs = atMs.get(number) ?? beforeMs;
  }
  return times;
}

/** The sequence number on the wire has 16 bits: the full one is the nearest to the highest so far. */
function unwrap(number: number, highest: number): number {
  return number + 65_536 * Math.round((highest - number) / 65_536);
}
