// Whether the kernel's table still is what a text made it. nft prints a table in words of its own, which change with its
// version, so what it prints right after a load is remembered beside the text, and compared with what it prints later.
import { createHash } from "node:crypto";
import type { Exec } from "../../lib/exec.ts";
import { readJsonIfAny, writeFileAtomic } from "../../lib/files.ts";
import { firewallPath } from "../files.ts";
import { firewallTable } from "../overlay/firewall.ts";

/** Digests of a text and of what nft printed of the table that it made. */
interface FirewallMemory {
  readonly text: string;
  readonly printed: string;
}

/** Digest of the table as it is now, in the same words for the same rules; undefined where there is none. */
export async function printedFirewall(exec: Exec): Promise<string | undefined> {
  const ran = await exec("nft", ["-j", "-s", "list", "table", ...firewallTable.split(" ")]);
  return ran.code === 0 ? digest(JSON.stringify(normalised(JSON.parse(ran.stdout)))) : undefined;
}

/** Whether a table that prints as `printed` is the one that a text made. */
export function firewallHolds(folder: string, printed: string | undefined): (text: string) => boolean {
  const memory = readJsonIfAny(firewallPath(folder)) as FirewallMemory | undefined;
  return (text) => printed !== undefined && memory?.printed === printed && memory.text === digest(text);
}

export function rememberFirewall(folder: string, text: string, printed: string): void {
  const memory: FirewallMemory = { text: digest(text), printed };
  writeFileAtomic(firewallPath(folder), JSON.stringify(memory));
}

/** Without handles, which are new with each load, and with the elements of sets in order, which the kernel does not keep. */
export function normalised(printed: unknown): unknown {
  if (Array.isArray(printed)) return printed.map(normalised);
  if (typeof printed !== "object" || printed === null) return printed;
  const fields = Object.entries(printed).filter(([key]) => key !== "handle" && key !== "metainfo");
  return Object.fromEntries(
    fields.map(([key, value]) => {
      const inner = normalised(value);
      return [key, key === "elem" && Array.isArray(inner) ? inner.map((one) => JSON.stringify(one)).sort() : inner];
    }),
  );
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
