// The registry's lasting facts as one text and back: addresses, identities, tags, keys and the file in force.
import type { Clock } from "../lib/clock.ts";
import { observedAfterApply } from "../plan/after-apply.ts";
import { type Deadlines, deadlinesAt, deadlinesByIndex, deadlinesOf } from "../plan/deadlines.ts";
import { own } from "../plan/own.ts";
import { put, type Registry, type Write } from "../registry/store.ts";
import { type Inventory, type InventoryHost, type InventoryKey, placeOfRule } from "../spec/inventory/inventory.ts";
import { type ParsedInventory, readInventory } from "../spec/inventory/read.ts";
import { writeInventory } from "../spec/inventory/write.ts";
import { parseSpec } from "../spec/parse.ts";
import type { Spec } from "../spec/types.ts";
import type { InventoryAnswer, InventoryImported, InventoryRequest } from "../wire/api.ts";
import { AppError } from "../wire/errors.ts";
import type { Authority } from "./authority.ts";
import type { Commit } from "./commit.ts";
import { type Facts, observedOf, readFacts } from "./facts.ts";
import { type HostRecord, hostKey, type SpecRecord, specKey } from "./keys.ts";

export interface InventoryKeeper {
  readonly registry: Registry;
  readonly commit: Commit;
  readonly authority: Pick<Authority, "fingerprint">;
  readonly clock: Pick<Clock, "now">;
}

/** The inventory in force. */
export async function exportInventory({ registry, authority }: InventoryKeeper): Promise<InventoryAnswer> {
  const facts = await readFacts(registry);
  if (!facts.spec) {
    throw new AppError("invalidRequest", "this control has no file yet, so there is nothing to export", {
      hint: "apply one first: portway apply portway.yaml",
    });
  }
  return { text: textOf(facts, facts.spec, authority, remarksOn(facts)), revision: facts.revision };
}

/** An inventory of a moment that passes says so. */
function remarksOn({ spec, rotation }: Facts): readonly string[] {
  const { trial } = spec ?? {};
  const isRotating = rotation !== undefined && rotation.endedAtMs === undefined;
  return [
    ...(trial
      ? [`ON TRIAL until ${new Date(trial.untilMs).toISOString()}: unless confirmed, \`file\` was in force no longer.`]
      : []),
    ...(isRotating
      ? ["KEYS WERE BEING RENEWED: export it again when that has ended, since they are others then."]
      : []),
  ];
}

/** Makes an empty registry what the inventory says; where it says what is there already, nothing is written. */
export async function importInventory(
  keeper: InventoryKeeper,
  author: string,
  { text, addressesOnly = false }: InventoryRequest,
): Promise<InventoryImported> {
  const { inventory, spec } = demandInventory(text);
  if (!addressesOnly) demandAuthority(inventory, keeper.authority);
  const facts = await readFacts(keeper.registry);
  const counts = countsOf(inventory, addressesOnly);
  if (facts.spec && textOf(facts, facts.spec, keeper.authority) === writeInventory(inventory)) {
    return { revision: facts.revision, ...counts, unchanged: true };
  }
  const { revision } = await keeper.commit(author, async () => {
    demandEmpty(await readFacts(keeper.registry));
    const at = new Date(keeper.clock.now()).toISOString();
    const deadlines = deadlinesOf(spec, deadlinesIn(inventory, spec), keeper.clock.now());
    const record: SpecRecord = { text: inventory.file, appliedBy: author, appliedAt: at, deadlines };
    return {
      writes: [put(specKey, JSON.stringify(record)), ...hostWrites(inventory, spec, at, addressesOnly)],
      audit: {
        action: "inventory.import",
        subject: spec.network.name,
        details: { ...counts, authority: inventory.authority, addressesOnly },
      },
      result: undefined,
    };
  });
  return { revision, ...counts, unchanged: false };
}

function demandInventory(text: string): Required<Omit<ParsedInventory, "issues">> {
  const { inventory, spec, issues } = readInventory(text);
  if (inventory && spec) return { inventory, spec };
  const [first] = issues.filter(({ severity }) => severity === "error");
  throw new AppError(
    "invalidInventory",
    `the inventory is not valid: line ${first?.line}, column ${first?.column}: ${first?.message}`,
    { ...(first && { hint: first.hint }), details: { issues } },
  );
}

/** Hosts trust the authority that they joined under, and no other. */
function demandAuthority(inventory: Inventory, { fingerprint }: InventoryKeeper["authority"]): void {
  if (inventory.authority === fingerprint) return;
  throw new AppError("wrongAuthority", "the inventory's hosts hold certificates of another authority than this one", {
    hint: "put root.pem, intermediate.pem and intermediate.key of that control here first; or import with --addresses-only, and let hosts join anew",
  });
}

function demandEmpty(facts: Facts): void {
  if (!facts.spec && facts.hosts.size === 0) return;
  const what = facts.spec ? "a file is in force" : `it has ${facts.hosts.size} hosts`;
  throw new AppError("registryNotEmpty", `an inventory is for an empty registry, and here ${what}`, {
    hint: "stop control, move registry.db away and start it again; to change a network, apply a file",
  });
}

function countsOf({ hosts }: Inventory, addressesOnly: boolean) {
  const all = Object.values(hosts);
  return { hosts: all.length, members: addressesOnly ? 0 : all.filter(({ member, waits }) => member && !waits).length };
}

/** Hosts of the inventory as they were, and an address for those that the file names beside them. */
function hostWrites({ hosts }: Inventory, spec: Spec, at: string, addressesOnly: boolean): readonly Write[] {
  const records = new Map<string, HostRecord>();
  for (const [name, { ipv4, ipv6, member, waits = false, removedAt }] of Object.entries(hosts)) {
    const isKnown = member !== undefined && !addressesOnly;
    const rests = removedAt !== undefined || (!isKnown && own(spec.hosts, name) === undefined);
    records.set(name, {
      ipv4,
      ipv6,
      ...(isKnown && { [waits ? "applicant" : "membership"]: { ...member, removalsConfirmedAt: 0 } }),
      ...(rests && { removedAt: removedAt ?? at }),
    });
  }
  const observed = observedOf({ hosts: records, released: new Map(), drains: new Map() });
  for (const [name, { ipv4 = "", ipv6 = "" }] of Object.entries(observedAfterApply(null, spec, observed).hosts)) {
    if (!records.has(name)) records.set(name, { ipv4, ipv6 });
  }
  return [...records].map(([name, record]) => put(hostKey(name), JSON.stringify(record)));
}

function textOf(
  facts: Facts,
  { text: file, deadlines = {} }: SpecRecord,
  { fingerprint }: InventoryKeeper["authority"],
  remarks?: readonly string[],
): string {
  const hosts = [...facts.hosts].map(([name, record]): [string, InventoryHost] => [name, inventoryHost(record)]);
  const { spec } = parseSpec(file);
  const times = spec ? [...deadlinesByIndex(spec, deadlines)] : [];
  const until = times.map(([index, untilMs]) => [placeOfRule(index), new Date(untilMs).toISOString()]);
  const inventory: Inventory = {
    authority: fingerprint,
    hosts: Object.fromEntries(hosts),
    until: Object.fromEntries(until),
    file,
  };
  return writeInventory(inventory, remarks);
}

/** A rule whose time was over when the inventory was written stays so. */
function deadlinesIn({ until }: Inventory, spec: Spec): Deadlines {
  const byIndex = spec.access.flatMap((_, index): [number, number][] => {
    const at = own(until, placeOfRule(index));
    return at === undefined ? [] : [[index, Date.parse(at)]];
  });
  return deadlinesAt(spec, new Map(byIndex));
}

function inventoryHost({ ipv4, ipv6, membership, applicant, removedAt }: HostRecord): InventoryHost {
  const addresses = { ipv4, ipv6, ...(removedAt !== undefined && { removedAt }) };
  const known = membership ?? applicant;
  if (known === undefined) return addresses;
  const { identity, tags, joinedAt, keys, ephemeral, credentialUntil } = known;
  const member = {
    ...{ identity, tags, joinedAt, keys: keys as readonly InventoryKey[] },
    ...(ephemeral && { ephemeral }),
    ...(credentialUntil !== undefined && { credentialUntil }),
  };
  return { ...addresses, member, ...(membership === undefined && { waits: true as const }) };
}
