// The file in force and what becomes of it: check, plan, apply.
import type { Clock } from "../lib/clock.ts";
import { observedAfterApply } from "../plan/after-apply.ts";
import { type ControlDoor, controlCutOff } from "../plan/cut-off.ts";
import { atTime, type Deadlines, deadlinesOf, nextDeadline } from "../plan/deadlines.ts";
import { stands } from "../plan/drains.ts";
import type { Observed } from "../plan/observed.ts";
import { own } from "../plan/own.ts";
import { plan } from "../plan/plan.ts";
import type { Compiler } from "../plan/recompile.ts";
import { survey } from "../plan/survey.ts";
import { put, type Registry, remove, type Write } from "../registry/store.ts";
import { failedTests } from "../spec/access-tests.ts";
import { type Issue, issuesOf, parseSpec } from "../spec/parse.ts";
import type { Spec } from "../spec/types.ts";
import type { ApplyAnswer, ApplyRequest, ValidateAnswer } from "../wire/api.ts";
import { AppError } from "../wire/errors.ts";
import { trialMs } from "../wire/mesh.ts";
import type { Plan } from "../wire/plan.ts";
import type { Authority } from "./authority.ts";
import type { Commit } from "./commit.ts";
import { knownTo } from "./desired.ts";
import { type Facts, observedOf, readFacts } from "./facts.ts";
import {
  drainKey,
  type HostRecord,
  hostKey,
  type ReleasedRecord,
  releasedKey,
  type SpecRecord,
  specKey,
} from "./keys.ts";
import { fresh, type Statuses } from "./statuses.ts";

export interface SpecKeeper {
  readonly registry: Registry;
  readonly commit: Commit;
  readonly clock: Pick<Clock, "now">;
  readonly specInForce: SpecReader;
  readonly parse: SpecParser;
  readonly authority: Pick<Authority, "stickyKey" | "debugKey">;
  /** The one that hosts' states come from: it knows what is in force. */
  readonly compiler: Compiler;
  /** Where hosts reach control. */
  readonly doors: () => Promise<readonly ControlDoor[]>;
  /** What hosts said last. */
  readonly statuses: Pick<Statuses, "of">;
}

/** JSON text of a file in the registry stays below what every store takes in one value. */
const maxTextBytes = 900 * 1024;

/** What is wrong with a text, if anything. */
export function validateSpec(text: string): ValidateAnswer {
  const { spec, issues } = parseSpec(text);
  return { valid: spec !== undefined, issues };
}

/** What this text would change. */
export async function planSpec(keeper: SpecKeeper, text: string): Promise<Plan> {
  const { registry, specInForce, clock } = keeper;
  const [facts, doors] = [await readFacts(registry), await keeper.doors()];
  const { spec } = inTime(keeper.parse(text), facts, clock.now());
  return planOf(keeper, facts, specInForce(facts), { spec, text }, doors);
}

/**
 * Puts a text in force, bound to the revision that was planned with: the file, the addresses of new hosts, what hosts
 * that it takes out leave behind, and the audit entry are one transaction.
 */
export function applySpec(keeper: SpecKeeper, author: string, request: ApplyRequest): Promise<ApplyAnswer> {
  return putSpec(keeper, { author, action: "spec.apply" }, request);
}

/** Puts the text that was in force before in force again. */
export function undoSpec(keeper: SpecKeeper, expectedRevision: number, text: string): Promise<ApplyAnswer> {
  return putSpec(keeper, { author: "system", action: "spec.undo" }, { text, expectedRevision });
}

async function putSpec(
  keeper: SpecKeeper,
  { author, action }: { readonly author: string; readonly action: "spec.apply" | "spec.undo" },
  { text, expectedRevision, force = false }: ApplyRequest,
): Promise<ApplyAnswer> {
  const { registry, specInForce } = keeper;
  const written = keeper.parse(text);
  const doors = await keeper.doors();
  const { revision, result } = await keeper.commit(author, async () => {
    const facts = await readFacts(registry);
    const current = facts.spec?.revision ?? 0;
    if (current !== expectedRevision) {
      throw new AppError("staleRevision", `the file was changed by ${facts.spec?.appliedBy ?? "nobody"} in between`, {
        hint: "look at the plan again and apply that",
        details: { expectedRevision, currentRevision: current },
      });
    }
    const at = new Date(keeper.clock.now()).toISOString();
    const { spec, deadlines } = inTime(written, facts, keeper.clock.now());
    const inForce = specInForce(facts);
    const planned = planOf(keeper, facts, inForce, { spec, text }, doors);
    const cut = action === "spec.apply" && planned.risks.find(({ code }) => code === controlCutOff);
    if (cut && !force) throw new AppError("cutsOffControl", cut.text, { hint: cut.hint });
    const record: SpecRecord = {
      text,
      appliedBy: author,
      appliedAt: at,
      deadlines,
      ...(cut && trialOf(facts, keeper)),
    };
    const counts = { changes: planned.changes.length, hosts: planned.affectedHosts.length };
    return {
      writes: [put(specKey, JSON.stringify(record)), ...consequences(facts, inForce, spec, at)],
      audit: { action, subject: spec.network.name, details: { expectedRevision, ...counts } },
      result: planned,
    };
  });
  return { revision, plan: result };
}

/** The spec of the file in force; undefined when there is none. */
export type SpecReader = (facts: Pick<Facts, "spec">) => Spec | undefined;

/** The spec of a text; throws `invalidSpec` or `tooLarge`. */
export type SpecParser = (text: string) => Spec;

/** A file is planned, applied and compiled: its text is read once for all of these. */
const keptTexts = 2;

/** A parser that remembers the last texts. */
export function createSpecParser(): SpecParser {
  const known = new Map<string, Spec>();
  return (text) => {
    const spec = known.get(text) ?? demandSpec(text);
    known.delete(text);
    known.set(text, spec);
    for (const oldest of known.keys()) if (known.size > keptTexts) known.delete(oldest);
    return spec;
  };
}

/**
 * A reader that keeps the last spec, since it is asked for often and changes rarely: with another text, and when the time
 * of one of its rules is over.
 */
export function createSpecReader(clock: Pick<Clock, "now">, parse = createSpecParser()): SpecReader {
  let last:
    | { readonly record: SpecRecord; readonly written: Spec; readonly spec: Spec; readonly untilMs: number }
    | undefined;
  return ({ spec: record }) => {
    if (!record) return undefined;
    const nowMs = clock.now();
    const isSame = last?.record.text === record.text && last.record.deadlines === record.deadlines;
    if (last && isSame && nowMs < last.untilMs) return last.spec;
    const written = last?.record.text === record.text ? last.written : parse(record.text);
    const { deadlines = {} } = record;
    const untilMs = nextDeadline(written, deadlines, nowMs) ?? Infinity;
    last = { record, written, spec: atTime(written, deadlines, nowMs), untilMs };
    return last.spec;
  };
}

/** A file as it would be in force now, and until when its rules would hold. */
function inTime(written: Spec, facts: Facts, nowMs: number): { readonly spec: Spec; readonly deadlines: Deadlines } {
  const deadlines = deadlinesOf(written, facts.spec?.deadlines ?? {}, nowMs);
  return { spec: atTime(written, deadlines, nowMs), deadlines };
}

/** Of a file on trial, the one before it is that before it. */
function trialOf({ spec }: Facts, { clock }: SpecKeeper): Pick<SpecRecord, "trial"> {
  return { trial: { untilMs: clock.now() + trialMs, before: spec?.trial?.before ?? spec?.text ?? "" } };
}

function planOf(
  keeper: SpecKeeper,
  facts: Facts,
  inForce: Spec | undefined,
  { spec, text }: { readonly spec: Spec; readonly text: string },
  doors: readonly ControlDoor[],
): Plan {
  const observed = knownTo(facts, keeper.authority);
  if (spec.tests.length > 0) demandTests(spec, text, observedAfterApply(inForce ?? null, spec, observed));
  const networksOf = (host: string) => keeper.statuses.of(host).agent?.status.networks ?? [];
  const edgeWarningsOf = (host: string) => fresh(keeper.statuses.of(host).edge, keeper.clock.now())?.warnings;
  return plan(
    inForce ? { spec: inForce, observed } : null,
    { spec, observed, networksOf, edgeWarningsOf },
    facts.spec?.revision ?? 0,
    keeper.compiler,
    doors,
  );
}

/**
 * What an apply writes besides the file: hosts that got an address, a new one, or are taken out, and who may drop those.
 * Drains of what the file takes out end.
 */
function consequences(facts: Facts, inForce: Spec | undefined, spec: Spec, at: string): readonly Write[] {
  const after = observedAfterApply(inForce ?? null, spec, observedOf(facts));
  const ended = [...facts.drains.values()].filter((drain) => !stands(spec, after, drain));
  const writes: Write[] = ended.map((drain) => remove(drainKey(drain)));
  for (const [name, { ipv4, ipv6, joined }] of Object.entries(after.hosts)) {
    if (ipv4 === undefined || ipv6 === undefined) continue;
    const old = facts.hosts.get(name);
    const rests = own(spec.hosts, name) === undefined && !joined && !old?.applicant;
    const removedAt = rests ? (old?.removedAt ?? at) : old?.applicant && old.removedAt;
    const record: HostRecord = {
      ipv4,
      ipv6,
      ...(joined && old?.membership && { membership: old.membership }),
      ...(old?.applicant && { applicant: old.applicant }),
      ...(removedAt !== undefined && { removedAt }),
    };
    if (!old || JSON.stringify(old) !== JSON.stringify(record)) writes.push(put(hostKey(name), JSON.stringify(record)));
    if (old?.membership && !joined) {
      const released: ReleasedRecord = { by: own(after.releasedBy ?? {}, name) ?? [], at };
      writes.push(put(releasedKey(name), JSON.stringify(released)));
    }
  }
  return writes;
}

function demandSpec(text: string): Spec {
  if (Buffer.byteLength(JSON.stringify(text)) > maxTextBytes) {
    throw new AppError("tooLarge", "the file is too large for the registry", { hint: `${maxTextBytes} bytes at most` });
  }
  const { spec, issues } = parseSpec(text);
  if (spec) return spec;
  throw invalidSpec(issues);
}

/** The file's tests once more among the hosts that there are: a token may have given one more tags than the file does. */
function demandTests(spec: Spec, text: string, observed: Observed): void {
  const parties = new Map(survey(spec, observed).members.map((member) => [member.name, member]));
  const failed = failedTests(spec, (name) => parties.get(name));
  if (failed.length > 0) throw invalidSpec(issuesOf(text, failed));
}

function invalidSpec(issues: readonly Issue[]): AppError {
  const errors = issues.filter(({ severity }) => severity === "error");
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const where = first ? `line ${first.line}, column ${first.column}: ${first.message}${more}` : "it cannot be read";
  return new AppError("invalidSpec", `the file is not valid: ${where}`, {
    ...(first && { hint: first.hint }),
    details: { issues },
  });
}
