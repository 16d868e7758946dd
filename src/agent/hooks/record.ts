// A host's own commands as they were run: kept on disk before the first of them begins, so that they are undone whatever became
// of the agent, and run once in each life of the interface.
import { readFileSync, rmSync, statSync } from "node:fs";
import { readJsonIfAny, writeFileAtomic } from "../../lib/files.ts";
import type { HooksObject, MeshState } from "../../wire/mesh.ts";
import { hooksPath } from "../files.ts";

/** From when an interface is made until it goes: what commands made with it goes then, too. */
export interface Life {
  /** Of the machine, by the kernel's name for it. */
  readonly boot: string;
  /** The interface's, as the kernel counts them. */
  readonly index: number;
}

export interface HookRecord extends Life {
  readonly hooks: HooksObject;
  /** What the commands are told. */
  readonly env: Readonly<Record<string, string>>;
}

/** The interface that commands are told of. */
export const hookInterface = "pw0";

export const bootNow = (): string => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

export function recordOf(hooks: HooksObject, { host }: MeshState, { boot, index }: Life): HookRecord {
  const env = {
    PORTWAY_HOST: host.name,
    PORTWAY_INTERFACE: hookInterface,
    PORTWAY_IPV4: host.ipv4,
    PORTWAY_IPV6: host.ipv6,
    PORTWAY_NETWORK: host.network,
  };
  return { boot, index, hooks, env };
}

export function readRecord(folder: string): HookRecord | undefined {
  return readJsonIfAny(hooksPath(folder)) as HookRecord | undefined;
}

export function writeRecord(folder: string, record: HookRecord): void {
  writeFileAtomic(hooksPath(folder), JSON.stringify(record));
}

export function removeRecord(folder: string): void {
  rmSync(hooksPath(folder), { force: true });
}

/** Who wrote it. */
export function ownerOfRecord(folder: string): { readonly uid: number; readonly gid: number } {
  const { uid, gid } = statSync(hooksPath(folder));
  return { uid, gid };
}
