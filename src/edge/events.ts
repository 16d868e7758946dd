// What happens to targets and breakers, for control to tell as events: found by comparing what nginx says each second, kept
// until control has it.
import type { BreakerTransition, GatewayState } from "../wire/edge-state.ts";
import type { HostEvent } from "../wire/stream.ts";

export interface EdgeEvents {
  /** Compares with what was seen last; tells whether something happened. What an earlier edge saw is no event. */
  readonly look: (state: GatewayState, has: (service: string, target: string) => boolean) => boolean;
  /** Something else happened. */
  readonly add: (kind: string, subject: string, text: string) => void;
  /** What control was not told yet, oldest first. */
  readonly pending: () => readonly HostEvent[];
  /** These arrived. */
  readonly arrived: (events: readonly HostEvent[]) => void;
}

/** While control is away, this many are kept. */
const mostPending = 100;

interface Out {
  readonly service: string;
  readonly target: string;
  readonly reason?: string;
}

interface Seen {
  readonly down: ReadonlyMap<string, Out>;
  readonly ejected: ReadonlyMap<string, Out>;
}

/**
 * `isFirst`: no edge before this one has told what nginx says. Ids begin at the present microsecond, so that those of an
 * earlier run are others.
 */
export function edgeEvents(nowMs: () => number, isFirst: boolean): EdgeEvents {
  let nextId = nowMs() * 1000;
  let pending: HostEvent[] = [];
  let lastTransition = isFirst ? 0 : undefined;
  let before: Seen | undefined = isFirst ? { down: new Map(), ejected: new Map() } : undefined;

  const add = (kind: string, subject: string, text: string) => {
    pending.push({ id: nextId++, kind, subject, text });
    if (pending.length > mostPending) pending.shift();
  };

  /** Counted by nginx, from 1 again in a new one. */
  function newTransitions(transitions: readonly BreakerTransition[]): readonly BreakerTransition[] {
    const known = lastTransition;
    lastTransition = transitions.at(-1)?.id ?? 0;
    if (known === undefined) return [];
    return lastTransition < known ? transitions : transitions.filter(({ id }) => id > known);
  }

  return {
    look({ transitions = [], down: downs = [], ejected: ejections }, has) {
      const firstId = nextId;
      for (const { service, state, reason } of newTransitions(transitions)) {
        add(`breaker.${state}`, service, `the breaker of ${service} is ${breakerWords[state]} (${reason})`);
      }
      const [down, ejected] = [byTarget(downs), byTarget(ejections)];
      for (const { service, target, reason } of added(down, before?.down)) {
        add(
          "target.down",
          `${service} ${target}`,
          `${service} does without ${target}, which fails its check: ${reason}`,
        );
      }
      for (const { service, target } of added(ejected, before?.ejected)) {
        add(
          "target.ejected",
          `${service} ${target}`,
          `${service} does without ${target} for a while: its requests fail`,
        );
      }
      const back = [...added(before?.down, down), ...added(before?.ejected, ejected)];
      for (const { service, target } of back) {
        const key = `${service}\0${target}`;
        if (!has(service, target) || down.has(key) || ejected.has(key)) continue;
        add("target.back", `${service} ${target}`, `${service} uses ${target} again`);
      }
      before = { down, ejected };
      return nextId > firstId;
    },
    add,
    pending: () => [...pending],
    arrived(events) {
      const last = events.at(-1)?.id ?? 0;
      pending = pending.filter(({ id }) => id > last);
    },
  };
}

const breakerWords = { open: "open", halfOpen: "half open", closed: "closed" } as const;

const byTarget = (list: readonly Out[]) => new Map(list.map((one) => [`${one.service}\0${one.target}`, one]));

/** Those of `now` that were not there before; none where either is unknown. */
function added(now: ReadonlyMap<string, Out> | undefined, before: ReadonlyMap<string, Out> | undefined): Out[] {
  if (now === undefined || before === undefined) return [];
  return [...now].flatMap(([key, out]) => (before.has(key) ? [] : [out]));
}
