// How far hosts are behind what they should hold, and how long a change takes until they say that it is in force.
import type { Clock } from "../../lib/clock.ts";
import type { StreamPart } from "../../wire/stream.ts";
import { type Desired, nothingDesired, stateOf } from "../desired.ts";
import type { Statuses } from "../statuses.ts";
import type { Tally } from "./tally.ts";

/** A part of a host that has not said yet that what is new for it is in force. */
export interface Behind {
  readonly host: string;
  readonly part: StreamPart;
  /** The last revision that changed something for it. */
  readonly revision: number;
  /** Since the first change that it did not confirm. */
  readonly forMs: number;
}

export interface Lag {
  /** What hosts should hold is another now. */
  readonly compiled: (before: Desired, after: Desired) => void;
  /** A host's program told which revision is in force there. */
  readonly heard: (host: string, part: StreamPart, revision: number) => void;
  readonly behind: () => readonly Behind[];
}

interface Waiting {
  readonly host: string;
  readonly part: StreamPart;
  revision: number;
  readonly sinceMs: number;
  /** It could be told at once: how long one takes that was away says nothing of control. */
  readonly wasThere: boolean;
}

export function createLag(
  clock: Pick<Clock, "monotonic">,
  statuses: Pick<Statuses, "of">,
  tally: Pick<Tally, "inForce">,
): Lag {
  const waiting = new Map<string, Waiting>();
  const nameOf = (host: string, part: StreamPart) => `${host}/${part}`;

  function changed(host: string, part: StreamPart, revision: number, isNews: boolean): void {
    const known = waiting.get(nameOf(host, part));
    if (known !== undefined) known.revision = revision;
    else {
      const wasThere = isNews && statuses.of(host).streams.includes(part);
      waiting.set(nameOf(host, part), { host, part, revision, sinceMs: clock.monotonic(), wasThere });
    }
  }
  return {
    compiled(before, after) {
      for (const [host, parts] of after.hosts) {
        for (const part of ["mesh", "edge"] as const)
          if (parts[part] !== stateOf(before, host, part)) {
            changed(host, part, after.revision, before !== nothingDesired);
          }
      }
      for (const [name, { host }] of waiting) if (!after.hosts.has(host)) waiting.delete(name);
    },
    heard(host, part, revision) {
      const known = waiting.get(nameOf(host, part));
      if (known === undefined || revision < known.revision) return;
      waiting.delete(nameOf(host, part));
      if (known.wasThere) tally.inForce(part, clock.monotonic() - known.sinceMs);
    },
    behind: () =>
      [...waiting.values()].map(({ host, part, revision, sinceMs }) => ({
        ...{ host, part, revision },
        forMs: clock.monotonic() - sinceMs,
      })),
  };
}
