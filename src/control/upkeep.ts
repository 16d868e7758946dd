// What control does by itself once an hour: it lets go of what has outlived its grace time, and says so in the audit chain.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { own } from "../plan/own.ts";
import { type Registry, remove, type Write } from "../registry/store.ts";
import type { Commit } from "./commit.ts";
import { readFacts } from "./facts.ts";
import { debugKeyKey, hostKey, releasedKey, type TokenRecord, tokenPrefix } from "./keys.ts";
import type { SpecReader } from "./spec.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Addresses of removed hosts are kept so long: nobody else gets them meanwhile. */
export const addressGraceMs = 30 * dayMs;

/** How long things are kept after their end. */
const graceMs = {
  /** Tokens that were used or expired. */
  token: 30 * dayMs,
  address: addressGraceMs,
  /** Word to a host that it may drop a peer: as long as it may be away. */
  released: 7 * dayMs,
  /** The registry's history. */
  history: dayMs,
};

export interface Tidied {
  readonly registry: Registry;
  readonly commit: Commit;
  readonly specInForce: SpecReader;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tidies now and every hour until the signal aborts; a failure is logged and tried again an hour later. */
export async function keepTidy(tidied: Tidied, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await tidy(tidied);
    } catch (error) {
      if (!signal.aborted) tidied.log.warn({ err: error }, "could not tidy the registry");
    }
    await tidied.clock.sleep(hourMs, signal);
  }
}

/** Forgets what nobody needs any more; nothing is written when there is none of it. */
export async function tidy({ registry, commit, specInForce, clock }: Omit<Tidied, "log">): Promise<void> {
  const overdue = () => overdueWrites(registry, specInForce, clock.now());
  if ((await overdue()).length > 0) {
    await commit("system", async () => {
      const writes = await overdue();
      const details = { removed: writes.length, keys: writes.slice(0, 100).map(({ key }) => key) };
      return { writes, audit: { action: "registry.tidy", subject: "registry", details }, result: undefined };
    });
  }
  await registry.compact(graceMs.history);
}

async function overdueWrites(registry: Registry, specInForce: SpecReader, nowMs: number): Promise<readonly Write[]> {
  const past = (iso: string | undefined, grace: number) => iso !== undefined && nowMs - Date.parse(iso) > grace;
  const facts = await readFacts(registry);
  const named = specInForce(facts)?.hosts ?? {};
  const { entries } = await registry.list(tokenPrefix);
  const tokens = entries.filter(({ value }) => {
    const { usedAt, expiresAt } = JSON.parse(value) as TokenRecord;
    return past(usedAt ?? expiresAt, graceMs.token);
  });
  const hosts = [...facts.hosts].filter(
    ([name, { membership, applicant, removedAt }]) =>
      !membership && !applicant && !own(named, name) && past(removedAt, graceMs.address),
  );
  const released = [...facts.released].filter(([, { at }]) => past(at, graceMs.released));
  const debugKeys = [...facts.debugKeys].filter(([, { signsUntil, endsAt }]) => past(signsUntil, 0) && past(endsAt, 0));
  return [
    ...tokens.map(({ key }) => remove(key)),
    ...hosts.map(([name]) => remove(hostKey(name))),
    ...released.map(([name]) => remove(releasedKey(name))),
    ...debugKeys.map(([id]) => remove(debugKeyKey(id))),
  ];
}
