// Carries out the rotation that the registry holds (plan/rotation), whichever control began it: looks at what hosts say,
// writes the next transition under the lease of the one who leads, and hosts follow the state that comes of it.
import { randomUUID } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { type Advance, advance } from "../plan/rotation/advance.ts";
import type { RotationRun } from "../plan/rotation/run.ts";
import { StoreError } from "../registry/errors.ts";
import { type Lease, put, type Registry, type Write } from "../registry/store.ts";
import type { Spec } from "../spec/types.ts";
import type { Commit } from "./commit.ts";
import { keysDue } from "./key-ages.ts";
import { type HostRecord, hostKey, rotationKey } from "./keys.ts";
import { orderRotation, pendingOf } from "./rotation-orders.ts";
import { createRotationView, type DrawnRotation, type RotationViewParts } from "./rotation-view.ts";

export interface RotationParts extends RotationViewParts {
  readonly spec: () => Spec | undefined;
  readonly registry: Registry;
  readonly commit: Commit;
  readonly clock: Clock;
  readonly log: Log;
  readonly stopping: AbortSignal;
  /** What hosts should hold is known from then on. */
  readonly compiled: Promise<void>;
}

export interface Rotations extends DrawnRotation {
  /** Something that it waits for may have come. */
  readonly look: () => void;
  /** This control holds the lease. */
  readonly leads: () => boolean;
  /** Resolves when control stops. */
  readonly ended: Promise<void>;
}

const leaseName = "rotation";
const leaseMs = 6_000;
const everyMs = 1_000;
/** The schedule is looked at once in so many rounds. */
const scheduleEvery = 60;
/** What failed is tried again by the schedule after this. */
const retryMs = 3_600_000;

export function startRotations(parts: RotationParts): Rotations {
  const { registry, clock, log, facts, stopping } = parts;
  const holder = randomUUID();
  let lease: { readonly lease: Lease; readonly renewAt: number; readonly until: number } | undefined;
  let looking: Promise<void> | undefined;
  let again = false;

  const { view, topology } = createRotationView(parts);

  async function lead(): Promise<Lease | undefined> {
    const now = clock.monotonic();
    if (lease !== undefined && now < lease.renewAt) return lease.lease;
    const taken = await registry.acquireLease(leaseName, holder, leaseMs);
    lease = taken.ok ? { lease: taken.lease, renewAt: now + leaseMs / 3, until: now + leaseMs } : undefined;
    return lease?.lease;
  }

  /** One transition, if it is time; the watch brings what was written, and with it the next look. */
  async function goOn(): Promise<void> {
    const run = facts().rotation;
    if (run === undefined || run.endedAtMs !== undefined) return;
    const seen = view();
    const next = seen && advance(run, seen);
    const leading = next && (await lead());
    if (!leading || !(await write(parts, run, next, leading))) return;
    log.info({ host: next.subject, ...next.details }, `rotation: ${next.action}`);
  }

  /** Orders what is due by the file's schedule; what failed lately waits. */
  async function schedule(): Promise<void> {
    const [spec, drawn, run] = [parts.spec(), topology(), facts().rotation];
    if (spec === undefined || drawn === undefined || run?.abortedBy !== undefined) return;
    const taken = new Set([...(run?.pending ?? []), ...(run?.active ?? [])].map(({ host }) => host));
    const isLately = clock.now() - (run?.endedAtMs ?? clock.now()) < retryMs;
    if (isLately) for (const { host } of run?.failed ?? []) taken.add(host);
    const due = pendingOf(keysDue(facts(), drawn, spec, clock.now())).filter(({ host }) => !taken.has(host));
    if (due.length > 0) await orderRotation(parts, "system", due);
  }

  function report(error: unknown): void {
    if (!stopping.aborted && !isLost(error)) log.error({ err: error }, "rotation");
  }

  function look(): void {
    again = true;
    looking ??= (async () => {
      while (again && !stopping.aborted) {
        again = false;
        await goOn().catch((error: unknown) => {
          lease = undefined;
          report(error);
        });
      }
      looking = undefined;
    })();
  }

  const ended = (async () => {
    await parts.compiled;
    for (let count = 0; !stopping.aborted; count++) {
      if (count % scheduleEvery === 0) await schedule().catch(report);
      look();
      await clock.sleep(everyMs, stopping);
    }
    await looking;
    if (lease !== undefined) await registry.releaseLease(lease.lease).catch(() => {});
  })();
  const leads = () => lease !== undefined && clock.monotonic() < lease.until;
  return { look, leads, view, topology, ended };
}

/** Another control leads now, or the registry is closed: whoever leads goes on. */
const isLost = (error: unknown) =>
  error instanceof StoreError && (error.code === "fenced" || error.reason === "closed");

/** Writes the transition unless the run was changed since; false then. */
async function write(
  { registry, commit }: RotationParts,
  from: RotationRun,
  next: Advance,
  lease: Lease,
): Promise<boolean> {
  const { renewed, action, subject, details } = next;
  const audit = { action: `rotation.${action}`, subject, details };
  const decide = async () => {
    const now = await registry.get(rotationKey);
    if (now?.value !== JSON.stringify(from)) throw new RunChanged();
    const key = renewed && (await keyWrite(registry, renewed));
    return { writes: [put(rotationKey, JSON.stringify(next.run)), ...(key ? [key] : [])], audit, result: undefined };
  };
  try {
    await commit("system", decide, lease);
    return true;
  } catch (error) {
    if (error instanceof RunChanged) return false;
    throw error;
  }
}

class RunChanged extends Error {}

async function keyWrite(registry: Registry, renewed: NonNullable<Advance["renewed"]>): Promise<Write | undefined> {
  const { host, plane, generation, publicKey, atMs } = renewed;
  const entry = await registry.get(hostKey(host));
  const record = entry && (JSON.parse(entry.value) as HostRecord);
  if (record?.membership === undefined) return undefined;
  const since = new Date(atMs).toISOString();
  const keys = record.membership.keys.map((key) =>
    key.plane === plane ? { plane, publicKey, generation, since } : key,
  );
  return put(hostKey(host), JSON.stringify({ ...record, membership: { ...record.membership, keys } }));
}
