// Which pairs carry packets besides the agent's own: their paths are probed each second, those of the others seldom. A small
// file of each interface tells that something else went out; only then is the firewall asked whom it was for.
import type { Clock } from "../../lib/clock.ts";
import type { MeshState, PairObject, PlaneName } from "../../wire/mesh.ts";
import { every } from "../every.ts";
import type { Counted } from "../overlay/model.ts";
import { internetSubnets } from "../overlay/tunnel.ts";

export interface ActivityParts {
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  readonly mesh: () => MeshState | undefined;
  /** By which a pair's packets go now. */
  readonly planeOf: (host: string) => PlaneName | undefined;
  /** Packets that have gone out by an interface; undefined: it is not there. */
  readonly sentBy: (plane: PlaneName) => number | undefined;
  /** Those among them that are the agent's own. */
  readonly ownOf: (plane: PlaneName) => number;
  /** What this host's programs have sent to each overlay address; undefined: it cannot be told. */
  readonly readSent: () => Promise<ReadonlyMap<string, Counted> | undefined>;
}

export interface Activity {
  /** Packets of the pair are on their way, or were a moment ago, or it cannot be told. */
  readonly isBusy: (host: string) => boolean;
  readonly close: () => void;
}

const lookMs = 250;
/** A datagram that the agent has sent is counted by the interface a moment later. */
const settleMs = 30;
/** Two questions to the firewall are so far apart. */
const leastMs = 1_000;
/** A pair is idle when it has sent nothing for so long; when half of it is over, it is looked whether it has. */
const holdMs = 10_000;

export function watchActivity(parts: ActivityParts): Activity {
  const { clock, mesh, planeOf, sentBy, ownOf, readSent } = parts;
  const busyUntil = new Map<string, number>();
  /** Packets of others, by plane, when they were seen last. */
  const others = new Map<PlaneName, number | undefined>();
  let counted: ReadonlyMap<string, Counted> | undefined;
  let isAsking = false;
  let askFrom = 0;

  const othersOn = (plane: PlaneName) => {
    const all = sentBy(plane);
    return all === undefined ? undefined : all - ownOf(plane);
  };
  const stirred = (state: MeshState) =>
    state.planes.map(({ name }) => name).filter((name) => othersOn(name) !== others.get(name));

  const ask = async (state: MeshState) => {
    await clock.sleep(settleMs);
    const planes = new Set(stirred(state));
    const soon = clock.monotonic() + holdMs / 2;
    const asked = state.pairs.filter(({ host }) => planes.has(planeOf(host)!) && busyUntil.get(host)! < soon);
    if (asked.length > 0) {
      for (const plane of planes) others.set(plane, othersOn(plane));
      const [before, now] = [counted, await readSent()];
      counted = now;
      const until = clock.monotonic() + holdMs;
      askFrom = until - holdMs + leastMs;
      for (const pair of asked)
        if (isUncounted(state, pair) || grew(pair, before, now)) busyUntil.set(pair.host, until);
    }
  };

  const { close } = every(clock, lookMs, () => {
    const [state, now] = [mesh(), clock.monotonic()];
    if (state === undefined) return;
    const hosts = new Set(state.pairs.map(({ host }) => host));
    for (const host of busyUntil.keys()) if (!hosts.has(host)) busyUntil.delete(host);
    for (const { host, tell } of state.pairs) if (tell || !busyUntil.has(host)) busyUntil.set(host, now + holdMs);
    if (isAsking || now < askFrom || stirred(state).length === 0) return;
    isAsking = true;
    void ask(state).finally(() => {
      isAsking = false;
    });
  });
  return { isBusy: (host) => (busyUntil.get(host) ?? Number.POSITIVE_INFINITY) > clock.monotonic(), close };
}

/** The firewall counts what goes from program to program: what a network behind either end sends is not in it. */
function isUncounted(state: MeshState, { host }: PairObject): boolean {
  if (state.onward.length + state.outward.length > 0) return true;
  return [...state.subnets, ...internetSubnets(state)].some(({ routers }) => routers.includes(host));
}

/** Counts begin anew with the table: what is less than before is all new. */
function grew(
  { prefixes }: PairObject,
  before: ReadonlyMap<string, Counted> | undefined,
  now: ReadonlyMap<string, Counted> | undefined,
): boolean {
  if (before === undefined || now === undefined) return now === undefined;
  return prefixes.some((prefix) => {
    const address = prefix.replace(/\/\d+$/, "");
    const packets = now.get(address)?.packets ?? 0;
    return packets > 0 && packets !== before.get(address)?.packets;
  });
}
