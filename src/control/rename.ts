// A host gets another name: its record moves with its addresses and its membership, and the file in force names it anew.
import { type Deadlines, renamedDeadlines } from "../plan/deadlines.ts";
import { namesOfPeers } from "../plan/peers.ts";
import { survey } from "../plan/survey.ts";
import { unknownHost } from "../plan/unknown-host.ts";
import { put, remove, type Write } from "../registry/store.ts";
import { parseSpec } from "../spec/parse.ts";
import { renameInFile } from "../spec/rename.ts";
import { AppError } from "../wire/errors.ts";
import type { RenameAnswer } from "../wire/hosts.ts";
import { type Facts, observedOf, readFacts } from "./facts.ts";
import { demandHostName, type HostKeeper } from "./hosts.ts";
import {
  type DrainRecord,
  drainKey,
  hostKey,
  type ReleasedRecord,
  releasedKey,
  type SpecRecord,
  specKey,
} from "./keys.ts";
import { addressGraceMs } from "./upkeep.ts";

/** Renames a member; it keeps its addresses, identity, keys and tunnels. */
export async function renameHost(keeper: HostKeeper, author: string, from: string, to: string): Promise<RenameAnswer> {
  const { registry, commit, clock } = keeper;
  const { revision, result } = await commit(author, async () => {
    const facts = await readFacts(registry);
    const host = demandFree(facts, from, to);
    const at = new Date(clock.now()).toISOString();
    const record = facts.spec && recordAfter(facts.spec, { author, at, from, to });
    const isInFile = record !== undefined && record.text !== facts.spec?.text;
    // Its peers drop the old name and have the new one at the same moment: nothing for a person to confirm.
    const released: ReleasedRecord = { by: peersOf(keeper, facts, from), at };
    return {
      writes: [
        remove(hostKey(from)),
        put(hostKey(to), JSON.stringify(host)),
        put(releasedKey(from), JSON.stringify(released)),
        remove(releasedKey(to)),
        ...(record ? [put(specKey, JSON.stringify(record))] : []),
        ...drainMoved(facts, from, to),
      ],
      audit: { action: "host.rename", subject: to, details: { from, ipv4: host.ipv4, isInFile } },
      result: { isInFile },
    };
  });
  return { revision, ...result };
}

/** What becomes of the file in force, or of the one before a trial; undefined: neither names the host. */
function recordAfter(
  { revision: _, ...spec }: NonNullable<Facts["spec"]>,
  {
    author,
    at,
    from,
    to,
  }: { readonly author: string; readonly at: string; readonly from: string; readonly to: string },
): SpecRecord | undefined {
  const text = renamedText(spec.text, from, to);
  const before = spec.trial && renamedText(spec.trial.before, from, to);
  if (text === spec.text && before === spec.trial?.before) return undefined;
  const trial = spec.trial && before !== undefined && { trial: { ...spec.trial, before } };
  if (text === spec.text) return { ...spec, ...trial };
  return { text, appliedBy: author, appliedAt: at, deadlines: deadlinesAfter(spec, text), ...trial };
}

function demandFree(facts: Facts, from: string, to: string) {
  const host = facts.hosts.get(from);
  if (!host?.membership) {
    throw unknownHost(from, facts.hosts.keys(), `no host named ${from} has joined`);
  }
  demandHostName(to);
  if (facts.hosts.has(to)) {
    const { removedAt, membership, applicant } = facts.hosts.get(to)!;
    const rests = removedAt !== undefined && !membership && !applicant;
    throw new AppError("hostNameTaken", rests ? restingText(to, removedAt) : `there is a host ${to}`, {
      hint: "choose another name",
    });
  }
  if (facts.rotation !== undefined && facts.rotation.endedAtMs === undefined) {
    throw new AppError("invalidRequest", "keys are being renewed, by the names that hosts have now", {
      hint: "rename it when that has ended: `portway status` shows it",
    });
  }
  return host;
}

function restingText(name: string, removedAt: string): string {
  const until = new Date(Date.parse(removedAt) + addressGraceMs).toISOString().slice(0, 10);
  return `${name} was removed; its name and its address are kept for it until ${until}`;
}

/** What is taken out of use stays so. */
function drainMoved({ drains }: Facts, from: string, to: string): readonly Write[] {
  const fact = drains.get(`host/${from}`);
  if (fact === undefined) return [];
  const { kind, name: _, revision: __, ...record } = fact;
  return [
    remove(drainKey({ kind, name: from })),
    put(drainKey({ kind, name: to }), JSON.stringify(record satisfies DrainRecord)),
  ];
}

function renamedText(text: string, from: string, to: string): string {
  const renamed = renameInFile(text, from, to);
  const { spec, issues } = parseSpec(renamed);
  if (spec) return renamed;
  const first = issues.find(({ severity }) => severity === "error");
  throw new AppError("invalidSpec", `the file in force would not be valid with that name: ${first?.message}`, {
    details: { issues },
  });
}

/** Rules that hold for a time end when they would have. */
function deadlinesAfter(before: SpecRecord, text: string): Deadlines {
  const [old, next] = [parseSpec(before.text).spec, parseSpec(text).spec];
  return old && next ? renamedDeadlines(old, next, before.deadlines ?? {}) : {};
}

function peersOf({ specInForce }: HostKeeper, facts: Facts, name: string): readonly string[] {
  const spec = specInForce(facts);
  if (!spec) return [];
  const { topology } = survey(spec, observedOf(facts));
  return namesOfPeers(name, topology);
}
