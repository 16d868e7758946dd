// The last state that control sent, and what of it is in force, on disk: a host needs no control to come up again.
import { rmSync } from "node:fs";
import { readJsonIfAny, writeFileAtomic } from "../lib/files.ts";
import { type Followed, followedFrom, nothingFollowed } from "../wire/follow.ts";
import { statePath } from "./files.ts";
import { type Guarded, nothingGuarded } from "./guard.ts";

export interface AgentState {
  readonly followed: Followed;
  readonly guarded: Guarded;
}

export function loadState(folder: string): AgentState {
  const saved = readJsonIfAny(statePath(folder)) as { followed?: unknown; guarded?: Guarded } | undefined;
  const followed = followedFrom(saved?.followed);
  if (followed === undefined) return { followed: nothingFollowed, guarded: nothingGuarded };
  // What is held differs from what was sent; otherwise it is the same and is kept once.
  return { followed, guarded: saved?.guarded ?? { inForce: followed.objects, missingSince: {} } };
}

export function saveState(folder: string, { followed, guarded }: AgentState): void {
  const held = guarded.held !== undefined;
  writeFileAtomic(statePath(folder), JSON.stringify({ followed, ...(held && { guarded }) }));
}

export function forgetState(folder: string): void {
  rmSync(statePath(folder), { force: true });
}
