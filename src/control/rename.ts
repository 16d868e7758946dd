// A host gets another name: its record moves with its addresses and its membership, and the file in force names it anew.
import { type Deadlines, renamedDeadlines } from "../plan/deadlines.ts";
import { namesOfPeers } from "../plan/peers.ts";
import { survey } from "../plan/survey.ts";
import { put, remove } from "../registry/store.ts";
import { parseSpec } from "../spec/parse.ts";
import { renameInFile } from "../spec/rename.ts";
import type { RenameAnswer } from "../wire/api.ts";
import { AppError } from "../wire/errors.ts";
import { type Facts, observedOf, readFacts } from "./facts.ts";
import type { HostKeeper } from "./hosts.ts";
import { hostKey, type ReleasedRecord, releasedKey, type SpecRecord, specKey } from "./keys.ts";

/** Renames a member; it keeps its addresses, identity, keys and tunnels. */
export async function renameHost(keeper: HostKeeper, author: string, from: string, to: string): Promise<RenameAnswer> {
  const { registry, commit, clock } = keeper;
  const { revision, result } = await commit(author, async () => {
    const facts = await readFacts(registry);
    const host = demandFree(facts, from, to);
    const at = new Date(clock.now()).toISOString();
    const text = facts.spec && renamedText(facts.spec.text, from, to);
    const isInFile = text !== undefined && text !== facts.spec?.text;
    const record: SpecRecord | undefined = isInFile
      ? { text, appliedBy: author, appliedAt: at, deadlines: deadlinesAfter(facts, text) }
      : undefined;
    // Its peers drop the old name and have the new one at the same moment: nothing for a person to confirm.
    const released: ReleasedRecord = { by: peersOf(keeper, facts, from), at };
    return {
      writes: [
        remove(hostKey(from)),
        put(hostKey(to), JSON.stringify(host)),
        put(releasedKey(from), JSON.stringify(released)),
        remove(releasedKey(to)),
        ...(record ? [put(specKey, JSON.stringify(record))] : []),
      ],
      audit: { action: "host.rename", subject: to, details: { from, ipv4: host.ipv4, isInFile } },
      result: { isInFile },
    };
  });
  return { revision, ...result };
}

function demandFree(facts: Facts, from: string, to: string) {
  const host = facts.hosts.get(from);
  if (!host?.membership) {
    throw new AppError("notFound", `no host named ${from} has joined`, { hint: "see `portway hosts`" });
  }
  if (facts.hosts.has(to)) {
    const rests = facts.hosts.get(to)!.removedAt !== undefined;
    throw new AppError("hostNameTaken", rests ? `${to} was removed, and its address rests` : `there is a host ${to}`, {
      hint: "choose another name",
    });
  }
  if (facts.rotation !== undefined) {
    throw new AppError("invalidRequest", "keys are being renewed, by the names that hosts have now", {
      hint: "rename it when that has ended: `portway status` shows it",
    });
  }
  return host;
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
function deadlinesAfter({ spec }: Facts, text: string): Deadlines {
  const [old, next] = [parseSpec(spec?.text ?? "").spec, parseSpec(text).spec];
  return old && next ? renamedDeadlines(old, next, spec?.deadlines ?? {}) : {};
}

function peersOf({ specInForce }: HostKeeper, facts: Facts, name: string): readonly string[] {
  const spec = specInForce(facts);
  if (!spec) return [];
  const { topology } = survey(spec, observedOf(facts));
  return namesOfPeers(name, topology);
}
