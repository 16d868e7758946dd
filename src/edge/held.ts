// What control told last, in memory and on disk: what an edge begins with when control is away.
import { readJsonIfAny, writeFileAtomic } from "../lib/files.ts";
import { type Followed, followedFrom, nothingFollowed } from "../wire/follow.ts";
import type { Objects } from "../wire/objects.ts";

export interface Held {
  readonly followed: () => Followed;
  readonly objects: () => Objects;
  readonly take: (followed: Followed) => void;
  /** Writes it to disk, unless it is there. */
  readonly save: () => void;
}

export function heldState(file: string): Held {
  let followed = followedFrom(readJsonIfAny(file)) ?? nothingFollowed;
  let saved = followed;
  return {
    followed: () => followed,
    objects: () => followed.objects,
    take(next) {
      followed = next;
    },
    save() {
      if (saved !== followed) writeFileAtomic(file, JSON.stringify(followed), 0o600);
      saved = followed;
    },
  };
}
