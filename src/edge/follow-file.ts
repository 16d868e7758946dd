// Reads a log as it grows, over its rotation: whole lines, from where it stood at first.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";

/** Read at a time: a flood of lines is read later, and stalls nothing. */
const mostBytes = 4 * 1024 * 1024;
const longestLine = 16_384;

export interface Following {
  /** Each whole line that was written since the last look; what stood there before the first is not read. */
  readonly look: () => void;
  readonly close: () => void;
}

export function followFile(path: string, onLine: (line: string) => void): Following {
  let file: number | undefined = openIfAny(path);
  let offset = file === undefined ? 0 : fstatSync(file).size;
  let rest = "";
  let isLeft = false;

  /** True when there may be more. */
  function readSome(): boolean {
    if (file === undefined) return false;
    const buffer = Buffer.allocUnsafe(Math.min(mostBytes, Math.max(0, fstatSync(file).size - offset)));
    if (buffer.length === 0) return false;
    const length = readSync(file, buffer, 0, buffer.length, offset);
    offset += length;
    const lines = (rest + buffer.toString("utf8", 0, length)).split("\n");
    rest = lines.pop()!.slice(0, longestLine);
    for (const line of lines) onLine(line);
    return length === mostBytes;
  }

  function look(): void {
    file ??= openIfAny(path);
    if (readSome() || file === undefined) return;
    if (isSame(path, file)) return;
    // Renamed: nginx writes to the old one until it has heard of it, so that it is read once more.
    if (!isLeft) {
      isLeft = true;
      return;
    }
    closeSync(file);
    [file, offset, rest, isLeft] = [openIfAny(path), 0, "", false];
    readSome();
  }

  return {
    look,
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function openIfAny(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isSame(path: string, file: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(file).ino;
}
