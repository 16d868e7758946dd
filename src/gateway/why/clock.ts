// A clock for what takes microseconds: nowMs (request.ts) stands still within a turn of the event loop.

interface Timespec extends CData {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** @noSelf */
interface ClockLibrary {
  readonly clock_gettime: (clock: number, time: Timespec) => number;
}

const ffi: Ffi<ClockLibrary> = require("ffi");
ffi.cdef("typedef struct { long seconds; long nanoseconds; } portway_time;");
ffi.cdef("int clock_gettime(int clock, portway_time *time);");

const C = ffi.C;
const monotonic = 1;
const ofProcess = 2;
const cell = ffi.new("portway_time[1]") as CData & { 0: Timespec };

/** Microseconds on a clock that never goes back. */
export function nowMicros(): number {
  const micros = read(monotonic);
  return micros;
}

/** What the processor has done for this process so far, in all of its threads. */
export function processMicros(): number {
  const micros = read(ofProcess);
  return micros;
}

function read(clock: number): number {
  C.clock_gettime(clock, cell as unknown as Timespec);
  const time = cell[0];
  return (tonumber(time.seconds) as number) * 1_000_000 + (tonumber(time.nanoseconds) as number) / 1000;
}
