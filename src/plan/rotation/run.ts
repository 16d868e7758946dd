// Rotation as the registry keeps it: which hosts get new keys, how far each step is, what came of it.
//
//   prepare   the host makes a key; those that need the bypass make one for it: for the direct plane both ends of each pair (and
//             relays that see those behind NATs), for that of a relay or to one the relay and the pairs that have no other way
//   bypass    every pair on the plane has another path that is proven; the bypass (`pwx`) comes up where it is needed
//   rest      the plane's paths rest: each end moves its own route to another proven path
//   tell      the other ends hold the new public key
//   swap      the host uses the new private key
//   prove     what was proven by the plane before is proven again
//   return    the plane's paths carry again; the bypass rests
//   linger    nobody sends by the bypass any more: what was sent by it arrives
//   close     the bypass goes
//
// With `undo`, a step goes back: to the old key (by `swap` and `prove`) when others may hold the new one, then `return`.
import type { PlaneName } from "../../wire/mesh.ts";

export const phases = ["prepare", "bypass", "rest", "tell", "swap", "prove", "return", "linger", "close"] as const;
export type Phase = (typeof phases)[number];

/** A new key for one plane of one host. */
export interface RotationStep {
  readonly host: string;
  readonly plane: PlaneName;
  readonly phase: Phase;
  /** When the phase began, Unix ms. */
  readonly sinceMs: number;
  /** Generation of the key that is replaced. */
  readonly from: number;
  readonly to: { readonly generation: number; readonly publicKey?: string };
  /** Hosts that make a key for the bypass; absent: the control that began the step did not write them yet. */
  readonly asked?: readonly string[];
  /** Public keys for the bypass, by host. */
  readonly bypass: Readonly<Record<string, string>>;
  /** What has to be proven again: `[from, to]` for each direction of a pair that was proven by the plane. */
  readonly proofs: readonly (readonly [string, string])[];
  /** Planes of this host that come after this one. */
  readonly left: readonly PlaneName[];
  readonly undo?: Undo;
}

/** Why a step goes back. */
export interface Undo {
  readonly reason: string;
  /** The two hosts that it failed between. */
  readonly pair?: readonly [string, string];
}

/** A host whose turn has not come. */
export interface PendingHost {
  readonly host: string;
  /** All that it uses, unless told. */
  readonly planes?: readonly PlaneName[];
}

export interface RotationRun {
  /** Higher with each run; the generation of all keys for the bypass during it. */
  readonly number: number;
  readonly startedBy: string;
  readonly startedAtMs: number;
  /** Hosts that come yet, in order. */
  readonly pending: readonly PendingHost[];
  readonly active: readonly RotationStep[];
  /** Keys that were replaced. */
  readonly renewed: number;
  readonly failed: readonly RotationFailure[];
  /** Who told it to end. */
  readonly abortedBy?: string;
  /** Nothing is left to do. */
  readonly endedAtMs?: number;
}

export interface RotationFailure extends Undo {
  readonly host: string;
  readonly plane: PlaneName;
}

/** What the compiler has to know of a run. */
export type Rotation = Pick<RotationRun, "number" | "active">;
