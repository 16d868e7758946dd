// What the compiler knows of the world besides the file: facts that the registry keeps, nothing that is measured anew.
import type { DebugKey, Drain } from "../wire/edge-state.ts";
import type { Rotation } from "./rotation/run.ts";

export interface Observed {
  /** Every host that has joined or was ever given an address, by name. */
  readonly hosts: Readonly<Record<string, ObservedHost>>;
  /** Hosts that a confirmed apply or removal took out, kept for a while so that no agent holds their removal. */
  readonly released: readonly string[];
  /** Control's secret for the tokens of sticky cookies; without it no service is sticky. */
  readonly stickyKey?: string;
  /** What is taken out of use, until somebody takes that back. */
  readonly drains?: readonly Drain[];
  /** Control's, whose tokens the edges judge; without them no client is told what was decided. */
  readonly debugKeys?: readonly DebugKey[];
  /** By released host: who had it as a peer, so that only they are told; a host that is absent here concerns all. */
  readonly releasedBy?: Readonly<Record<string, readonly string[]>>;
  /** Keys that are being replaced. */
  readonly rotation?: Rotation;
}

export interface ObservedHost {
  /** Kept once given; compile never moves it. */
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly joined: boolean;
  /** It has been away for longer than its grace: nobody has it as a peer. */
  readonly stale?: boolean;
  /** Tags of the token it joined with, besides those in the file. */
  readonly tags: readonly string[];
  /** Public keys by plane name, base64. */
  readonly keys: Readonly<Record<string, string>>;
  /** Which of its keys each is, by plane name; 1 unless told. */
  readonly generations?: Readonly<Record<string, number>>;
  /** Revision up to which a person confirmed held removals. */
  readonly removalsConfirmedAt: number;
}

export const nothingObserved: Observed = { hosts: {}, released: [] };
