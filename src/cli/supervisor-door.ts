// The socket by which `down` and `leave` ask the supervisor of this machine to end. Whoever listens on it is the one
// supervisor: a file without a listener was left behind by a crash.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { dirname, join } from "node:path";
import type { Paths } from "../lib/paths.ts";
import { AppError } from "../wire/errors.ts";

const pathOf = (paths: Paths) => join(paths.runDir, "supervisor.sock");

export interface SupervisorDoor {
  /** To be called when all has ended: those who knocked wait for it. */
  readonly close: () => void;
}

/** Takes the door; `onStop` is called when somebody says a word, which asks for the end. Throws when another supervisor has it. */
export async function openDoor(paths: Paths, onStop: () => void): Promise<SupervisorDoor> {
  const path = pathOf(paths);
  if (await somebodyListens(path)) {
    throw new AppError("usage", "Portway runs here already", {
      hint: existsSync(paths.control)
        ? "see `portway status`; `portway logs -f` follows it, `portway down` ends it, and `portway up` then starts it anew"
        : "`portway logs -f` follows it; Ctrl-C where it was started ends it, and `portway join` then starts it anew",
    });
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  rmSync(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket
      .on("error", () => {})
      .on("data", onStop)
      .on("close", () => open.delete(socket));
  });
  const before = process.umask(0o077);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(path, resolve);
  }).finally(() => process.umask(before));
  return {
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Asks the supervisor to end and waits until it has; false when there is none. */
export async function knockToStop(paths: Paths): Promise<boolean> {
  return new Promise((resolve) => {
    let opened = false;
    const socket = connect(pathOf(paths), () => {
      opened = true;
      socket.write("stop\n");
    });
    socket.on("error", () => {}).resume();
    socket.once("close", () => resolve(opened));
  });
}

const somebodyListens = (path: string) =>
  new Promise<boolean>((resolve) => {
    const settle = (listens: boolean) => {
      socket.destroy();
      resolve(listens);
    };
    const socket = connect(path);
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
  });
