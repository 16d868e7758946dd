// Hosts that are away. One of the file's `grace` later its peers let go of it, and take it up again when it returns; one that
// is ephemeral is taken out for good, and its address is free.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { own } from "../plan/own.ts";
import { put } from "../registry/store.ts";
import type { Spec } from "../spec/types.ts";
import { rejectHost } from "./approval.ts";
import { type Facts, identitiesOf, readFacts } from "./facts.ts";
import { type HostKeeper, removeHost } from "./hosts.ts";
import { type HostRecord, hostKey, type Membership } from "./keys.ts";
import type { Heard } from "./statuses.ts";

export interface AbsenceKeeper extends HostKeeper {
  readonly clock: Clock;
  readonly log: Log;
  readonly facts: () => Facts;
  readonly heard: () => ReadonlyMap<string, Heard>;
}

/** An ephemeral host that was not heard of for so long is gone: an agent that starts again is back sooner. */
export const ephemeralMs = 15_000;
/** So long after control has started, or they have joined, hosts may not have found it yet. */
export const firstWordMs = 60_000;
const checkMs = 1_000;

/** Looks again and again until the signal aborts; a failure is logged and tried again. */
export async function keepAbsence(keeper: AbsenceKeeper, signal: AbortSignal): Promise<void> {
  const unheard = createUnheard(keeper.clock);
  while (!signal.aborted) {
    await keeper.clock.sleep(checkMs, signal);
    if (signal.aborted) return;
    try {
      await lookForAbsence(keeper, unheard);
    } catch (error) {
      if (!signal.aborted) keeper.log.warn({ err: error }, "hosts that are away could not be told from the others");
    }
  }
}

/** Judges every member once, and who waits to be one. */
async function lookForAbsence(keeper: AbsenceKeeper, unheard: Unheard): Promise<void> {
  const { clock, heard, specInForce, facts } = keeper;
  const spec = specInForce(facts());
  if (!spec) return;
  const [nowMs, all] = [clock.now(), heard()];
  unheard.keep(facts());
  const absent = absenceOf(all, nowMs, unheard.forMs);
  const hearsAnyone = [...all.values()].some(({ streams }) => streams.length > 0);
  for (const [name, { membership, applicant }] of facts().hosts) {
    if (applicant && isEphemeral(spec, name, applicant) && (absent(name) ?? 0) > ephemeralMs)
      await rejectHost(keeper, "system", name, "host.gone");
    const awayMs = membership && absent(name);
    if (membership?.staleSince !== undefined && awayMs === undefined) await welcomeBack(keeper, name);
    if (membership === undefined || awayMs === undefined) continue;
    if (isEphemeral(spec, name, membership)) {
      if (awayMs > ephemeralMs) await removeHost(keeper, "system", name, "host.gone");
      continue;
    }
    const graceMs = own(spec.hosts, name)?.graceMs ?? spec.network.graceMs;
    // Control that hears nobody is itself the one that is away.
    if (graceMs !== undefined && hearsAnyone && membership.staleSince === undefined && awayMs > graceMs) {
      await markStale(keeper, name, new Date(nowMs - awayMs).toISOString());
    }
  }
}

/** For how long each host that has joined, or waits for approval, is known by its name, as of the looks at the facts; a clock that is set does not change it. */
interface Unheard {
  readonly keep: (facts: Pick<Facts, "hosts">) => void;
  readonly forMs: (name: string) => number;
}

function createUnheard(clock: Pick<Clock, "monotonic">): Unheard {
  let since: ReadonlyMap<string, { readonly identity: string; readonly atMs: number }> = new Map();
  let last: Facts["hosts"] | undefined;
  return {
    keep({ hosts }) {
      if (hosts === last) return;
      last = hosts;
      const before = since;
      since = new Map(
        [...identitiesOf({ hosts })].map(([name, identity]) => {
          const known = before.get(name);
          return [name, known?.identity === identity ? known : { identity, atMs: clock.monotonic() }];
        }),
      );
    },
    forMs: (name) => clock.monotonic() - (since.get(name)?.atMs ?? clock.monotonic()),
  };
}

/** The file or its token says that the host goes for good when it goes. */
export function isEphemeral(spec: Spec | undefined, name: string, { ephemeral }: Membership): boolean {
  return ephemeral === true || (spec !== undefined && own(spec.hosts, name)?.ephemeral === true);
}

/**
 * For how long nothing was heard of a host, from itself or from another that reaches it through a tunnel; undefined while
 * it has a stream. What was heard before control started is not known: of a host that said nothing since, `unheardMs` tells how
 * long it is known by that name.
 */
export function absenceOf(
  heard: ReadonlyMap<string, Heard>,
  nowMs: number,
  unheardMs: (name: string) => number,
): (name: string) => number | undefined {
  let reached: ReadonlyMap<string, number> | undefined; // most of the time nobody is away, and nobody is asked
  return (name) => {
    const { streams = [], lastSeenMs } = heard.get(name) ?? {};
    if (streams.length > 0) return undefined;
    if (lastSeenMs === undefined) return Math.max(0, unheardMs(name) - firstWordMs);
    reached ??= lastReached(heard, nowMs);
    // A peer's word counts that came well after the host's own last one.
    const isReached = (reached.get(name) ?? -Infinity) >= lastSeenMs + ephemeralMs / 2;
    return isReached ? undefined : nowMs - lastSeenMs;
  };
}

/** When another host said last, and not long ago, that a packet of one without a stream came through a tunnel. */
function lastReached(heard: ReadonlyMap<string, Heard>, nowMs: number): ReadonlyMap<string, number> {
  const away = new Set([...heard].flatMap(([name, { streams }]) => (streams.length === 0 ? [name] : [])));
  const reached = new Map<string, number>();
  for (const { agent } of heard.values()) {
    if (!agent || nowMs - agent.atMs > ephemeralMs) continue;
    for (const { host, online } of agent.status.peers) {
      if (online && away.has(host)) reached.set(host, Math.max(agent.atMs, reached.get(host) ?? -Infinity));
    }
  }
  return reached;
}

async function markStale(keeper: HostKeeper, name: string, since: string): Promise<void> {
  await changeMembership(keeper, "host.stale", name, (membership) => ({ ...membership, staleSince: since }));
}

/** A host that had been away for longer than its grace is a peer of others again; answers the revision, if it was away. */
export async function welcomeBack(keeper: HostKeeper, name: string): Promise<number | undefined> {
  const host = (await readFacts(keeper.registry)).hosts.get(name);
  if (host?.membership?.staleSince === undefined) return undefined;
  return changeMembership(keeper, "host.back", name, ({ staleSince: _, ...membership }) => membership);
}

async function changeMembership(
  { registry, commit }: HostKeeper,
  action: "host.stale" | "host.back",
  name: string,
  change: (membership: Membership) => Membership,
): Promise<number | undefined> {
  const { revision } = await commit("system", async () => {
    const host = (await readFacts(registry)).hosts.get(name);
    const next: HostRecord | undefined = host?.membership && { ...host, membership: change(host.membership) };
    return {
      writes: next ? [put(hostKey(name), JSON.stringify(next))] : [],
      audit: {
        action,
        subject: name,
        details: { since: host?.membership?.staleSince ?? next?.membership?.staleSince },
      },
      result: undefined,
    };
  });
  return revision;
}
