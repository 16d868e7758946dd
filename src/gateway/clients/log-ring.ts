// What nginx writes at `info`, as each worker keeps it in its memory (`error_log memory:`, a ring, without a system call or a file).
interface Words extends CData {
  readonly [index: number]: number;
}

/** @noSelf */
interface MemoryFfi {
  readonly C: { readonly portway_cycle: Words };
  readonly cdef: (declarations: string) => void;
  readonly cast: (type: string, address: number | CData) => Words;
  readonly string: (bytes: CData, length: number) => string;
}

const ffi: MemoryFfi = require("ffi");
ffi.cdef('extern uintptr_t *portway_cycle __asm__("ngx_cycle");');

/** Places in words of 8 bytes, the same in every nginx since 1.7: ngx_cycle_t, ngx_log_t, ngx_log_memory_buf_t. */
const logOfCycle = 2;
const memoryOfLog = 7;
const nextOfLog = 9;
const headOfMemory = 0;
const endOfMemory = 1;
const textOfMemory = 2;
const writtenOfMemory = 3;
const mostLogs = 4;
/** Stands in memory before the text, so that it is found in a core. */
const head = "MEMLOG ";

interface Ring {
  readonly memory: Words;
  readonly textAt: number;
  readonly size: number;
  /** Bytes that have been read, of all that were ever written. */
  read: number;
}

const found: { ring: Ring | undefined } = { ring: undefined };

const wordAt = (words: Words, index: number): number => tonumber(words[index])!;
const bytesAt = (address: number, length: number) => ffi.string(ffi.cast("const char *", address), length);

function ringAt(address: number): Ring | undefined {
  const memory = ffi.cast("uintptr_t *", address);
  const headAt = wordAt(memory, headOfMemory);
  if (headAt === 0 || bytesAt(headAt, head.length) !== head) return undefined;
  const textAt = wordAt(memory, textOfMemory);
  return { memory, textAt, size: wordAt(memory, endOfMemory) - textAt, read: wordAt(memory, writtenOfMemory) };
}

/** In init_worker. Where nginx has no such log there is nothing to read. */
export function findRing(): void {
  let log = wordAt(ffi.C.portway_cycle, logOfCycle);
  for (let i = 0; i < mostLogs && log !== 0; i++) {
    const words = ffi.cast("uintptr_t *", log);
    const memory = wordAt(words, memoryOfLog);
    if (memory !== 0) found.ring = ringAt(memory);
    log = wordAt(words, nextOfLog);
  }
}

/** Whole lines that were written since the last time; of more than the ring holds its last part, which is cut. Undefined: none were. */
export function newLines(): LuaMultiReturn<[lines: string | undefined, isCut: boolean]> {
  const { ring } = found;
  if (ring === undefined) return $multi(undefined, false);
  const written = wordAt(ring.memory, writtenOfMemory);
  if (written === ring.read) return $multi(undefined, false);
  const isCut = written - ring.read > ring.size;
  const length = isCut ? ring.size : written - ring.read;
  const from = (written - length) % ring.size;
  const first = Math.min(length, ring.size - from);
  ring.read = written;
  return $multi(bytesAt(ring.textAt + from, first) + bytesAt(ring.textAt, length - first), isCut);
}
