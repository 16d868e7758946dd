// Loads the table, and knows whether the kernel's still is what a text made it. nft prints a table in words of its own, which change with its
// version, so what it prints right after a load is remembered beside the text, and compared with what it prints later.
import { createHash } from "node:crypto";
import { CommandFailed, change, type Exec } from "../../lib/exec.ts";
import { readJsonIfAny, writeFileAtomic } from "../../lib/files.ts";
import { firewallPath } from "../files.ts";
import { firewallTable } from "../overlay/firewall.ts";
import { firewallUpdate } from "../overlay/firewall-update.ts";
import type { Traffic } from "../overlay/model.ts";
import { trafficIn } from "./traffic.ts";

/** A text, and the digest of what nft printed of the table that it made. */
interface FirewallMemory {
  readonly text: string;
  readonly printed: string;
}

/** The table as nft prints it. */
export interface Printed {
  /** The same for the same rules, whatever they have counted. */
  readonly digest: string;
  readonly traffic: Traffic;
}

/** The table as it is now; undefined where there is none. */
export async function printedFirewall(exec: Exec): Promise<Printed | undefined> {
  const ran = await exec("nft", ["-j", "list", "table", ...firewallTable.split(" ")]);
  if (ran.code !== 0) return undefined;
  const printed: unknown = JSON.parse(ran.stdout);
  return { digest: digest(JSON.stringify(normalised(printed))), traffic: trafficIn(printed) };
}

/** Whether a table that prints as `printed` is the one that a text made. */
export function firewallHolds(folder: string, printed: Printed["digest"] | undefined): (text: string) => boolean {
  const loaded = loadedText(folder, printed);
  return (text) => loaded === text;
}

/** The text that made the table which prints as `printed`; undefined where somebody else has changed it since. */
function loadedText(folder: string, printed: Printed["digest"] | undefined): string | undefined {
  const memory = readJsonIfAny(firewallPath(folder)) as FirewallMemory | undefined;
  return printed !== undefined && memory?.printed === printed ? memory.text : undefined;
}

export interface FirewallLoader {
  readonly exec: Exec;
  readonly announce: (command: string) => void;
  readonly folder: string;
}

/** Makes the table what the text says: what differs alone, where the table is known, and else the whole of it. */
export async function loadFirewall({ exec, announce, folder }: FirewallLoader, text: string): Promise<void> {
  const load = (input: string) => change(exec, announce, "nft", ["-f", "-"], { input });
  const before = loadedText(folder, (await printedFirewall(exec))?.digest);
  const update = before === undefined ? undefined : firewallUpdate(before, text);
  const isUpdated = update !== undefined && (await succeeds(load(update)));
  if (!isUpdated) await load(text);
  const printed = await printedFirewall(exec);
  if (printed !== undefined) rememberFirewall(folder, text, printed.digest);
}

/** nft refuses a transaction as a whole, and leaves the table as it is. */
async function succeeds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}

export function rememberFirewall(folder: string, text: string, printed: string): void {
  const memory: FirewallMemory = { text, printed };
  writeFileAtomic(firewallPath(folder), JSON.stringify(memory));
}

/**
 * Without handles, which are new with each load, and counts, and with the elements of sets in order, which the kernel does
 * not keep.
 */
export function normalised(printed: unknown): unknown {
  if (Array.isArray(printed)) return printed.map(normalised);
  if (typeof printed !== "object" || printed === null) return printed;
  const fields = Object.entries(printed).filter(([key]) => !["handle", "metainfo", "counter"].includes(key));
  return Object.fromEntries(
    fields.map(([key, value]) => {
      const inner = normalised(value);
      return [key, key === "elem" && Array.isArray(inner) ? inner.map((one) => JSON.stringify(one)).sort() : inner];
    }),
  );
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
