// Whether a process of this machine lives.

/** @noSelf */
interface Processes {
  readonly kill: (pid: number, signal: number) => number;
}

const ffi: Ffi<Processes> = require("ffi");
ffi.cdef("int kill(int pid, int signal);");
const noSuchProcess = 3;

/** False when the system knows no such process; one of another account lives too. */
export function isAlive(pid: number): boolean {
  return ffi.C.kill(pid, 0) === 0 || ffi.errno() !== noSuchProcess;
}
