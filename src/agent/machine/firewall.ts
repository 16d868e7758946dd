// Whether the kernel's table still is what a text made it. nft prints a table in words of its own, which change with its
// version, so what it prints right after a load is remembered beside the text, and compared with what it prints later.
import { createHash } from "node:crypto";
import type { Exec } from "../../lib/exec.ts";
import { readJsonIfAny, writeFileAtomic } from "../../lib/files.ts";
import { firewallPath } from "../files.ts";
import { firewallTable } from "../overlay/firewall.ts";
import type { Traffic } from "../overlay/model.ts";
import { trafficIn } from "./traffic.ts";

/** Digests of a text and of what nft printed of the table that it made. */
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
  const memory = readJsonIfAny(firewallPath(folder)) as FirewallMemory | undefined;
  return (text) => printed !== undefined && memory?.printed === printed && memory.text === digest(text);
}

export function rememberFirewall(folder: string, text: string, printed: string): void {
  const memory: FirewallMemory = { text: digest(text), printed };
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
