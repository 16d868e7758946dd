// Settings of the kernel that an edge wants otherwise than they come. Each holds for a whole network namespace, so that one
// which somebody has set is left as it is.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJsonIfAny, writeFileAtomic } from "./files.ts";

export interface KernelSetting {
  readonly path: string;
  /** What the kernel comes with. */
  readonly usual: string;
  readonly wanted: string;
}

/**
 * While a port changes hands two processes listen on it. Connections that wait in the queue of the one that lets it go are
 * reset, unless Linux moves them to the other (net.ipv4.tcp_migrate_req, Linux 5.14).
 */
export const movesWaiting: KernelSetting = { path: "/proc/sys/net/ipv4/tcp_migrate_req", usual: "0", wanted: "1" };

/**
 * Bytes that a connection takes from a program and has not sent yet (net.ipv4.tcp_notsent_lowat, Linux 3.12). Without a limit
 * a client that reads next to nothing by a tiny window has its whole send buffer filled, in packets of some hundred bytes:
 * a thousand of them keep a worker busy for seconds (docs/benchmarks.md).
 */
export const unsentBytes: KernelSetting = {
  path: "/proc/sys/net/ipv4/tcp_notsent_lowat",
  usual: "4294967295",
  wanted: "65536",
};

export const edgeSettings: readonly KernelSetting[] = [movesWaiting, unsentBytes];

/** Whether it is as the kernel comes. */
export const isUsual = ({ path, usual }: KernelSetting, root = "/"): boolean => readValue(path, root) === usual;

/** Sets one that is as the kernel comes, where this process may; true if it did. */
export const put = (setting: KernelSetting, root = "/"): boolean =>
  change(setting.path, setting.usual, setting.wanted, root);

/** The same, and keeps in a file that it did. */
export function putAndNote(setting: KernelSetting, file: string, root = "/"): void {
  if (put(setting, root)) writeFileAtomic(file, JSON.stringify([...new Set([...noted(file), setting.path])]));
}

/** Takes back what such a file says, and removes it. */
export function takeBackNoted(file: string, root = "/"): void {
  const paths = noted(file);
  for (const setting of edgeSettings) if (paths.includes(setting.path)) takeBack(setting, root);
  rmSync(file, { force: true });
}

/** Sets one that is as Portway wants it to what the kernel comes with, where this process may. */
export const takeBack = (setting: KernelSetting, root = "/"): boolean =>
  change(setting.path, setting.wanted, setting.usual, root);

const noted = (file: string) => (readJsonIfAny(file) ?? []) as readonly string[];

function change(path: string, from: string, to: string, root: string): boolean {
  try {
    if (readValue(path, root) !== from) return false;
    writeFileSync(join(root, path), `${to}\n`);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EACCES", "EPERM", "EROFS"].includes(code)) throw error;
    return false;
  }
}

/** Undefined: this kernel or namespace has none. */
function readValue(path: string, root: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8").trim();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "EACCES", "EPERM"].includes(code)) return undefined;
    throw error;
  }
}
