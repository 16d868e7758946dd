// What happens, as it happens: the last events in memory, and whoever listens. The audit chain is the lasting record.
import type { Clock } from "../lib/clock.ts";
import type { ControlEvent } from "../wire/api.ts";

export interface Events {
  readonly publish: (event: Pick<ControlEvent, "kind" | "subject" | "text">) => void;
  /** Kept events after that id, oldest first; the first is a `gap` when some before it are no longer kept. */
  readonly since: (id: number) => readonly ControlEvent[];
  /** The answer stops listening. */
  readonly listen: (listener: (event: ControlEvent) => void) => () => void;
  /** How many listen. */
  readonly listeners: () => number;
}

const keptEvents = 1_000;

/** Ids begin at the present microsecond, so that those of an earlier run of control are smaller; `each` counts them. */
export function createEvents(clock: Pick<Clock, "now">, each: (event: ControlEvent) => void = () => {}): Events {
  const firstId = clock.now() * 1000;
  let nextId = firstId;
  const kept: ControlEvent[] = [];
  const listeners = new Set<(event: ControlEvent) => void>();
  const make = (id: number, kind: string, subject: string, text: string): ControlEvent => ({
    id,
    at: new Date(clock.now()).toISOString(),
    kind,
    subject,
    text,
  });
  return {
    publish({ kind, subject, text }) {
      const event = make(nextId++, kind, subject, text);
      kept.push(event);
      if (kept.length > keptEvents) kept.shift();
      each(event);
      for (const listener of listeners) listener(event);
    },
    since(id) {
      const oldest = kept[0]?.id ?? nextId;
      const missed = id < oldest - 1;
      const rest = kept.filter((event) => event.id > id);
      return missed ? [make(oldest - 1, "gap", "events", "earlier events are no longer kept"), ...rest] : rest;
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    listeners: () => listeners.size,
  };
}
