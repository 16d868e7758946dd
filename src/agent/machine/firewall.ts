// Loads the table, and knows whether the kernel's still is what a text made it. nft prints a table in words of its own, which change with its
// version, so what it prints right after a load is remembered beside the text, and compared with what it prints later. An agent that dies
// in between leaves a table that nothing printed was remembered of: an empty chain with a name of its own came with it and tells.
import { createHash, randomBytes } from "node:crypto";
import { CommandFailed, change, type Exec } from "../../lib/exec.ts";
import { readJsonIfAny, writeFileAtomic } from "../../lib/files.ts";
import { firewallPath } from "../files.ts";
import { firewallTable } from "../overlay/firewall.ts";
import { firewallUpdate } from "../overlay/firewall-update.ts";
import type { Traffic } from "../overlay/model.ts";
import { trafficIn } from "./traffic.ts";

/** A text, the digest of what nft printed of the table that it made, and what was to come next when it was written. */
interface FirewallMemory {
  readonly text?: string;
  readonly printed?: string;
  readonly next?: { readonly text: string; readonly mark: string };
}

/** The table as nft prints it. */
export interface Printed {
  /** The same for the same rules, whatever they have counted. */
  readonly digest: string;
  /** The chain that came with the last load. */
  readonly mark?: string;
  readonly traffic: Traffic;
}

/** The table as it is now; undefined where there is none. Rejects when nft hangs: that says nothing of it. */
export async function printedFirewall(exec: Exec): Promise<Printed | undefined> {
  const words = ["-j", "list", "table", ...firewallTable.split(" ")];
  const ran = await exec("nft", words);
  if (ran.timedOut) throw new CommandFailed("nft", words, ran);
  if (ran.code !== 0) return undefined;
  const printed: unknown = JSON.parse(ran.stdout);
  const mark = markIn(printed);
  return {
    digest: digest(JSON.stringify(normalised(printed))),
    ...(mark !== undefined && { mark }),
    traffic: trafficIn(printed),
  };
}

const markPrefix = "load_";

/** No two loads have the same: what is in a table when its load was not taken says nothing of that load. */
const newMark = () => `${markPrefix}${randomBytes(8).toString("hex")}`;

function markIn(printed: unknown): string | undefined {
  const { nftables = [] } = printed as {
    readonly nftables?: readonly { readonly chain?: { readonly name: string } }[];
  };
  return nftables.find(({ chain }) => chain?.name.startsWith(markPrefix))?.chain?.name;
}

type Seen = Pick<Printed, "digest" | "mark">;

/** Whether a table that prints as `printed` is the one that a text made. */
export function firewallHolds(folder: string, printed: Seen | undefined): (text: string) => boolean {
  const loaded = loadedText(folder, printed);
  return (text) => loaded === text;
}

/**
 * The text that made the table which prints as `printed`; undefined where somebody else has changed it since. What was changed after a
 * load that its agent did not survive, and before another one looked, nobody can tell from the load itself.
 */
function loadedText(folder: string, printed: Seen | undefined): string | undefined {
  const memory = readJsonIfAny(firewallPath(folder)) as FirewallMemory | undefined;
  if (printed === undefined || memory === undefined) return undefined;
  if (memory.printed === printed.digest) return memory.text;
  if (memory.next === undefined || printed.mark !== memory.next.mark) return undefined;
  rememberIfPossible(folder, { text: memory.next.text, printed: printed.digest });
  return memory.next.text;
}

export interface FirewallLoader {
  readonly exec: Exec;
  readonly announce: (command: string) => void;
  readonly folder: string;
}

/** Makes the table what the text says: what differs alone, where the table is known, and else the whole of it. */
export async function loadFirewall({ exec, announce, folder }: FirewallLoader, text: string): Promise<void> {
  const load = (input: string) => change(exec, announce, "nft", ["-f", "-"], { input });
  const before = await printedFirewall(exec);
  const known = loadedText(folder, before);
  const update = known === undefined ? undefined : firewallUpdate(known, text);
  const next = { text, mark: newMark() };
  rememberIfPossible(folder, { ...(known !== undefined && { text: known, printed: before!.digest }), next });
  const isUpdated = update !== undefined && (await isTaken(load(`${update}${remarked(before?.mark, next.mark)}`)));
  if (!isUpdated) await load(`${text}${remarked(undefined, next.mark)}`);
  const printed = await printedFirewall(exec);
  if (printed !== undefined) rememberFirewall(folder, { text, printed: printed.digest });
}

/** Another mark in place of the one that is there. */
function remarked(before: string | undefined, mark: string): string {
  return `${before === undefined ? "" : `delete chain ${firewallTable} ${before}\n`}add chain ${firewallTable} ${mark}\n`;
}

/** nft refuses a transaction as a whole, and leaves the table as it is; one that hangs may still have been taken. */
async function isTaken(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof CommandFailed && !error.ran.timedOut) return false;
    throw error;
  }
}

/** A disk that is full keeps no firewall from being changed: what is remembered after the load tells of it. */
function rememberIfPossible(folder: string, memory: FirewallMemory): void {
  try {
    rememberFirewall(folder, memory);
  } catch {}
}

function rememberFirewall(folder: string, memory: FirewallMemory): void {
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
