// The last state that control sent, and what of it is in force, on disk: a host needs no control to come up again.
import { rmSync } from "node:fs";
import { readJsonIfAny, writeFileAtomic } from "../lib/files.ts";
import { type Followed, followedFrom, nothingFollowed } from "../wire/follow.ts";
import { statePath } from "./files.ts";
import { type Guarded, nothingGuarded } from "./guard.ts";

export interface AgentState {
  readonly followed: Followed;
  readonly guarded: Guarded;
  /** In force again unless another state comes in time: this one is on trial. */
  readonly before?: AgentState;
}

export function loadState(folder: string): AgentState {
  return stateFrom(readJsonIfAny(statePath(folder)) as SavedState | undefined);
}

interface SavedState {
  readonly followed?: unknown;
  readonly guarded?: Guarded;
  readonly before?: SavedState;
}

function stateFrom(saved: SavedState | undefined): AgentState {
  const followed = followedFrom(saved?.followed);
  if (followed === undefined) return { followed: nothingFollowed, guarded: nothingGuarded };
  // What is held differs from what was sent; otherwise it is the same and is kept once.
  const guarded = saved?.guarded ?? { inForce: followed.objects, missingSince: {} };
  return { followed, guarded, ...(saved?.before && { before: stateFrom(saved.before) }) };
}

export function saveState(folder: string, state: AgentState): void {
  writeFileAtomic(statePath(folder), JSON.stringify(savedFrom(state)));
}

function savedFrom({ followed, guarded, before }: AgentState): SavedState {
  const held = guarded.held !== undefined;
  return { followed, ...(held && { guarded }), ...(before && { before: savedFrom(before) }) };
}

export function forgetState(folder: string): void {
  rmSync(statePath(folder), { force: true });
}
