// The log of one supervised program: appended to, and begun anew when it is large; one old file is kept.
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface LogFile {
  readonly write: (line: string) => void;
  readonly close: () => void;
}

const usualMaxBytes = 10 * 1024 * 1024;

/** Opens (or goes on with) a log; beyond `maxBytes` it is renamed to PATH.1. */
export function openLogFile(path: string, maxBytes = usualMaxBytes): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  const open = () => openSync(path, "a", 0o640);
  let file = open();
  let size = fstatSync(file).size;
  return {
    write(line) {
      if (size >= maxBytes) {
        closeSync(file);
        renameSync(path, `${path}.1`);
        file = open();
        size = 0;
      }
      size += writeSync(file, `${line}\n`);
    },
    close: () => closeSync(file),
  };
}
