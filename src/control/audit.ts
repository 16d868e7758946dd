// The audit chain: each entry holds the hash of the one before, and the head says where the chain ends. Pure.
import { createHash } from "node:crypto";
import { canonicalJson } from "../plan/canonical-json.ts";
import type { AuditEntry, AuditVerification } from "../wire/audit.ts";
import type { AuditHead } from "./keys.ts";

/** The head of a chain without entries. */
export const emptyChain: AuditHead = { sequence: 0, hash: "0".repeat(64) };

/** What somebody did; the chain adds the place. */
export type AuditEvent = Pick<AuditEntry, "at" | "author" | "action" | "subject" | "details">;

/** The entry that continues a chain. */
export function nextEntry(head: AuditHead, event: AuditEvent): AuditEntry {
  const entry = { sequence: head.sequence + 1, previous: head.hash, ...event };
  return { ...entry, hash: hashOf(entry) };
}

/** SHA-256 over the canonical JSON of all fields but `hash`, those included that nobody knows. */
function hashOf(entry: object): string {
  const { hash: _, ...rest } = entry as { readonly hash?: string };
  return createHash("sha256").update(canonicalJson(rest)).digest("hex");
}

/**
 * Reads a whole chain, first entry first, as the registry holds it (JSON texts), and says whether it is the one that ends
 * at `head`. Finds any entry that was changed, added, removed or moved, and a tail that was cut off. Whoever can write the
 * registry can set its head back too, or make another whole chain: only `kept` finds that, the hash of an earlier head
 * that was kept elsewhere and that some entry must have.
 */
export async function verifyAudit(
  entries: AsyncIterable<string> | Iterable<string>,
  head: AuditHead = emptyChain,
  kept?: string,
): Promise<AuditVerification> {
  let last = emptyChain;
  let keptAt: number | undefined;
  for await (const text of entries) {
    const reason = flawOf(text, last);
    if (typeof reason === "string") {
      return { ok: false, entries: last.sequence, head: head.hash, problem: { sequence: last.sequence + 1, reason } };
    }
    last = reason;
    if (last.hash === kept) keptAt = last.sequence;
  }
  const answer = { entries: last.sequence, head: head.hash, ...(keptAt !== undefined && { keptAt }) };
  if (last.sequence === head.sequence && last.hash === head.hash) {
    if (kept === undefined || keptAt !== undefined) return { ok: true, ...answer };
    const reason = "no entry has the hash that was kept: the newest entries were removed, or all were written anew";
    return { ok: false, ...answer, problem: { sequence: last.sequence, reason } };
  }
  const reason =
    last.sequence < head.sequence
      ? `the chain ends after ${last.sequence} entries, its head says ${head.sequence}`
      : `the chain's head is not its last entry, ${last.sequence}`;
  return { ok: false, ...answer, problem: { sequence: last.sequence, reason } };
}

/** The chain's end with this entry, or what is wrong with the entry. */
function flawOf(text: string, before: AuditHead): AuditHead | string {
  const entry = parse(text);
  if (entry === undefined) return "the entry cannot be read";
  const { sequence, previous, hash } = entry;
  if (sequence !== before.sequence + 1) return `here should be entry ${before.sequence + 1}, but it is ${sequence}`;
  if (previous !== before.hash) return "it does not continue the entry before it";
  if (typeof hash !== "string" || hash !== hashOf(entry)) return "its content was changed: its hash does not match";
  return { sequence, hash };
}

function parse(text: string): Partial<AuditEntry> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
