// /v1/audit: who changed what, newest first, and whether the chain is whole.
import { z } from "zod";
import type { Registry } from "../../registry/store.ts";
import { type AuditAnswer, type AuditEntry, type AuditVerification, auditPage } from "../../wire/audit.ts";
import { verifyAudit } from "../audit.ts";
import type { Control } from "../control.ts";
import { type AuditHead, auditHeadKey, auditKey, auditPrefix } from "../keys.ts";
import { endpoint } from "./endpoint.ts";

const auditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(auditPage).default(100),
  before: z.coerce.number().int().min(1).exactOptional(),
});

const verifyQuery = z.object({
  head: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "not a hash of an entry")
    .exactOptional(),
});

const auditEntry = z.object({
  sequence: z.number(),
  at: z.string(),
  author: z.string(),
  action: z.string(),
  subject: z.string(),
  details: z.record(z.string(), z.unknown()),
  previous: z.string(),
  hash: z.string(),
}) satisfies z.ZodType<AuditEntry>;

const auditAnswer = z.object({ entries: z.array(auditEntry) }) satisfies z.ZodType<AuditAnswer>;

const auditVerification = z.object({
  ok: z.boolean(),
  entries: z.number(),
  head: z.string(),
  keptAt: z.number().exactOptional(),
  problem: z.object({ sequence: z.number(), reason: z.string() }).exactOptional(),
}) satisfies z.ZodType<AuditVerification>;

export const auditEndpoints = ({ registry }: Pick<Control, "registry">) => ({
  audit: endpoint({
    summary: "Entries of the audit chain, newest first.",
    query: auditQuery,
    answer: auditAnswer,
    handle: async ({ query: { limit, before } }): Promise<AuditAnswer> => {
      const after = before === undefined ? {} : { after: auditKey(before) };
      const { entries } = await registry.list(auditPrefix, { limit, descending: true, ...after });
      return { entries: entries.map(({ value }) => JSON.parse(value) as AuditEntry) };
    },
  }),
  auditVerify: endpoint({
    summary: "Whether no entry was changed, removed or reordered, and the chain passes through a head kept elsewhere.",
    query: verifyQuery,
    answer: auditVerification,
    handle: ({ query: { head } }) => verifyChain(registry, head),
  }),
});

/** Verifies the chain as it is now; entries that come in between are no flaw. */
async function verifyChain(registry: Registry, kept: string | undefined): Promise<AuditVerification> {
  for (let head = await headOf(registry); ; ) {
    const result = await verifyAudit(allEntries(registry), head, kept);
    const present = await headOf(registry);
    if (result.ok || present?.hash === head?.hash) return result;
    head = present;
  }
}

async function headOf(registry: Registry): Promise<AuditHead | undefined> {
  const head = await registry.get(auditHeadKey);
  return head && (JSON.parse(head.value) as AuditHead);
}

/** The chain's texts in order, read a page at a time. */
async function* allEntries(registry: Registry): AsyncGenerator<string> {
  for (let after: string | undefined; ; ) {
    const page = { limit: auditPage, ...(after !== undefined && { after }) };
    const { entries } = await registry.list(auditPrefix, page);
    yield* entries.map(({ value }) => value);
    after = entries.at(-1)?.key;
    if (after === undefined || entries.length < auditPage) return;
  }
}
