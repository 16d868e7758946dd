// What an agent measures of each path to another host when it is asked to (`portway ping`).
import type { PathObject } from "./mesh.ts";

/** Bounds of what may be asked: a host answers within five seconds. */
export const pingBounds = { most: 20, usual: 5, everyMs: 200 } as const;

export interface PathPing {
  readonly kind: PathObject["kind"];
  readonly plane: string;
  readonly via?: string;
  /** Packets to the host take this path now. */
  readonly inUse: boolean;
  /** The largest packet that arrives by it, bytes; absent: not measured. */
  readonly mtu?: number;
  readonly sent: number;
  /** Of each probe that was answered, in the order of the answers. */
  readonly roundTripsMs: readonly number[];
}
