// What happens to this host's paths, for control to tell as events, kept until control has it.
import type { HostEvent } from "../wire/stream.ts";
import type { Change } from "./overlay/model.ts";
import type { PairReach } from "./paths/prober.ts";

export interface Happenings {
  readonly add: (kind: HostEvent["kind"], subject: string, text: string) => void;
  /** What control was not told yet, oldest first. */
  readonly pending: () => readonly HostEvent[];
  /** These arrived. */
  readonly arrived: (events: readonly HostEvent[]) => void;
}

/** While control is away, this many are kept. */
const mostPending = 100;

/** Ids begin at the present microsecond, so that those of an earlier run are others. */
export function createHappenings(nowMs: () => number): Happenings {
  let nextId = nowMs() * 1000;
  let pending: HostEvent[] = [];
  return {
    add(kind, subject, text) {
      pending.push({ id: nextId++, kind, subject, text });
      if (pending.length > mostPending) pending.shift();
    },
    pending: () => [...pending],
    arrived(events) {
      const last = events.at(-1)?.id ?? 0;
      pending = pending.filter(({ id }) => id > last);
    },
  };
}

/** Large packets to a host are lost on the way without a word, so that smaller ones are sent. */
export function blackHoleHappening(host: string, mtu: number): Parameters<Happenings["add"]> {
  return ["path.mtu", host, `packets to ${host} of more than ${mtu} bytes are lost on the way: it gets smaller ones`];
}

/** Somebody else changed what is the agent's, and it put that right. */
export function repairHappening(host: string, changes: readonly Change[]): Parameters<Happenings["add"]> {
  const counts = Map.groupBy(changes, ({ kind }) => words[kind]);
  const what = [...counts].map(([word, { length }]) => (length === 1 ? word : `${word} (${length})`)).join(", ");
  return ["host.repaired", host, `what others had changed is as it should be again: ${what}`];
}

const words: Readonly<Record<Change["kind"], string>> = {
  firewall: "firewall",
  removeLink: "interface",
  createLink: "interface",
  wg: "WireGuard",
  ip: "addresses and routes",
  setting: "kernel settings",
  restoreSettings: "kernel settings",
};

/** A pair's packets take another path, or its path went dark or answers again. */
export function pathHappening(host: string, { path, proven }: PairReach): Parameters<Happenings["add"]> {
  const way =
    path.kind === "direct" ? "directly" : path.via === undefined ? "by the relay's port" : `through ${path.via}`;
  if (!proven) return ["path.dark", host, `nothing comes back from ${host}, which is reached ${way}`];
  return ["path.used", host, `${host} is reached ${way} (${path.plane})`];
}
