// How many connections are open at some ports and to some targets, as the kernel's tables say (/proc/net/tcp, proc(5)): the
// second nginx tells of connections only when they have ended. A table costs 2 µs a line and holds every connection of the
// host, so it is read in pieces, off the event loop, and the less often the longer it takes.
import { createReadStream } from "node:fs";
import { endianness } from "node:os";
import { addressBits, parseAddress } from "../net/address.ts";

/** Where connections are counted: ports that this host listens on, and addresses that it connects to. */
export interface Counted {
  readonly ports: readonly number[];
  readonly targets: readonly { readonly address: string; readonly port: number }[];
}

export interface OpenConnections {
  readonly at: (port: number) => number;
  readonly to: (target: Counted["targets"][number]) => number;
}

/** The kernel's tables, each with the number of digits of an address. */
export type Tables = readonly { readonly path: string; readonly digits: 8 | 32 }[];

const ownTables: Tables = [
  { path: "/proc/net/tcp", digits: 8 },
  { path: "/proc/net/tcp6", digits: 32 },
];

/** Those that some process holds; a table that the kernel does not have is an empty one. */
export async function openConnections({ ports, targets }: Counted, tables = ownTables): Promise<OpenConnections> {
  const byPort = new Map(ports.map((port) => [hexOf(port), 0]));
  const byTarget = new Map(targets.map((target) => [keyOf(target), 0]));
  for (const { path, digits } of tables) {
    const width = digits + 5; // with a colon and the port
    await eachLine(path, (line) => {
      const local = line.indexOf(": ") + 2;
      const remote = local + width + 1;
      const from = line.slice(local + digits + 1, local + width);
      const to = line.slice(remote, remote + width);
      const there = byPort.get(from);
      const then = byTarget.get(to);
      if ((there === undefined && then === undefined) || !isHeld(line.slice(remote + width + 1))) return;
      if (there !== undefined) byPort.set(from, there + 1);
      if (then !== undefined) byTarget.set(to, then + 1);
    });
  }
  return { at: (port) => byPort.get(hexOf(port)) ?? 0, to: (target) => byTarget.get(keyOf(target)) ?? 0 };
}

/** SYN_SENT, CLOSE and LISTEN (tcp_states.h). */
const notOpen = ["02", "07", "0A"];
const inodeField = 6;

/** From its state on. Without an inode nobody has it: it is not accepted yet, or was closed. */
function isHeld(rest: string): boolean {
  return !notOpen.includes(rest.slice(0, 2)) && rest.split(/\s+/, inodeField + 1)[inodeField] !== "0";
}

async function eachLine(path: string, onLine: (line: string) => void): Promise<void> {
  let rest = "";
  try {
    for await (const piece of createReadStream(path, { encoding: "latin1" })) {
      const lines = (rest + (piece as string)).split("\n");
      rest = lines.pop()!;
      for (const line of lines) onLine(line);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

const hexOf = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");

/** As the kernel prints it: words of 32 bits, each in the machine's own order of bytes. */
function keyOf({ address, port }: Counted["targets"][number]): string {
  const parsed = parseAddress(address);
  if (parsed === undefined) return "";
  const digits = addressBits(parsed.family) / 4;
  const words = parsed.value.toString(16).toUpperCase().padStart(digits, "0").match(/.{8}/g)!;
  const swapped = words.map((word) => word.match(/../g)!.reverse().join(""));
  return `${(endianness() === "LE" ? swapped : words).join("")}:${hexOf(port)}`;
}
