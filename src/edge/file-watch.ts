// Notices that a file that was read has changed since, by its state: any way of replacing it, on any file system.
import { readFileSync, statSync } from "node:fs";

export interface WatchedFiles {
  /** The file's text, which from now on is watched; throws what the system says when it cannot be read. */
  readonly read: (path: string) => string;
  /** Whether a file is no more as it was when it was read, or could not be read, last. */
  readonly changed: () => boolean;
  /** Nothing is watched any more. */
  readonly forget: () => void;
}

export function watchedFiles(): WatchedFiles {
  const seen = new Map<string, string>();
  return {
    read(path) {
      seen.set(path, stateOf(path)); // before reading, so that a change in between is noticed
      return readFileSync(path, "utf8");
    },
    changed: () => [...seen].some(([path, state]) => stateOf(path) !== state),
    forget: () => seen.clear(),
  };
}

function stateOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
