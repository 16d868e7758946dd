// The way into a guest: scripts go in by a serial port that is a socket on this side, see door/door.sh for the other side.
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Ran } from "../../src/lib/exec.ts";

export interface Door {
  /** Resolves once the guest takes scripts; rejects when the time is over. */
  readonly opened: (timeoutMs: number) => Promise<void>;
  /** Runs one script, after those that came before it; rejects when the time is over. */
  readonly pass: (script: string, timeoutMs: number) => Promise<Ran>;
  readonly close: () => void;
}

/** Listens at `path`, to which qemu connects. */
export async function openDoor(path: string): Promise<Door> {
  const waiting: ((line: string) => void)[] = [];
  let socket: Socket | undefined;
  /** The next line that comes and nobody waits for yet. */
  const nextLine = (what: string, timeoutMs: number) =>
    new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} took more than ${timeoutMs} ms`)), timeoutMs);
      waiting.push((line) => {
        clearTimeout(timer);
        resolve(line);
      });
    });
  const server = createServer((connection) => {
    socket = connection;
    connection.on("error", () => {}); // a guest whose power is cut: who waits for it hears of its end
    createInterface(connection).on("line", (line) => waiting.shift()?.(line));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    opened: async (timeoutMs) => {
      await nextLine("the guest's boot", timeoutMs);
    },
    pass: async (script, timeoutMs) => {
      const answer = nextLine("a script in the guest", timeoutMs);
      socket!.write(`${Buffer.from(script).toString("base64")}\n`);
      return readAnswer(await answer);
    },
    close: () => {
      socket?.destroy();
      server.close();
    },
  };
}

function readAnswer(line: string): Ran {
  const [code, stdout = "", stderr = ""] = line.split(" ");
  const text = (base64: string) => Buffer.from(base64, "base64").toString();
  return { code: Number(code), stdout: text(stdout), stderr: text(stderr) };
}
