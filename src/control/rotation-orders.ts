// What a person asks of a rotation: to renew the keys of some hosts, or to stop.
import type { Clock } from "../lib/clock.ts";
import type { AgedKey } from "../plan/rotation/due.ts";
import type { PendingHost, RotationRun } from "../plan/rotation/run.ts";
import { put, type Registry } from "../registry/store.ts";
import { AppError } from "../wire/errors.ts";
import type { Commit } from "./commit.ts";
import { rotationKey } from "./keys.ts";

export interface RotationOrders {
  readonly registry: Registry;
  readonly commit: Commit;
  readonly clock: Pick<Clock, "now">;
}

/** Begins to renew the keys of these hosts; joins a run that goes on. */
export async function orderRotation(
  { registry, commit, clock }: RotationOrders,
  author: string,
  hosts: readonly PendingHost[],
): Promise<RotationRun> {
  const { result } = await commit(author, async () => {
    const before = await runOf(registry);
    const goesOn = before !== undefined && before.endedAtMs === undefined;
    if (goesOn && before.abortedBy !== undefined) {
      throw new AppError("invalidRequest", "the rotation before this one is being undone", {
        hint: "wait until it is over: portway rotate --watch",
      });
    }
    const known = new Set(goesOn ? [...before.pending, ...before.active].map(({ host }) => host) : []);
    const added = hosts.filter(({ host }) => !known.has(host));
    const run: RotationRun = goesOn
      ? { ...before, pending: [...before.pending, ...added] }
      : {
          number: (before?.number ?? 0) + 1,
          startedBy: author,
          startedAtMs: clock.now(),
          pending: added,
          active: [],
          renewed: 0,
          failed: [],
        };
    const audit = {
      action: "rotation.order",
      subject: "network",
      details: { hosts: added.map(({ host }) => host), run: run.number },
    };
    return { writes: [put(rotationKey, JSON.stringify(run))], audit, result: run };
  });
  return result;
}

/** Ends the run: steps that can go back do. */
export async function abortRotation({ registry, commit }: RotationOrders, author: string): Promise<RotationRun> {
  const { result } = await commit(author, async () => {
    const run = await runOf(registry);
    if (run === undefined || run.endedAtMs !== undefined) {
      throw new AppError("invalidRequest", "no rotation goes on", { hint: "see `portway status` for the keys' ages" });
    }
    const aborted: RotationRun = { ...run, abortedBy: run.abortedBy ?? author };
    const audit = { action: "rotation.abort", subject: "network", details: { run: run.number } };
    return { writes: [put(rotationKey, JSON.stringify(aborted))], audit, result: aborted };
  });
  return result;
}

/** Keys as what a run has to do, host by host in their order. */
export function pendingOf(keys: readonly AgedKey[]): readonly PendingHost[] {
  const hosts = [...new Set(keys.map(({ host }) => host))];
  return hosts.map((host) => ({ host, planes: keys.filter((key) => key.host === host).map(({ plane }) => plane) }));
}

async function runOf(registry: Registry): Promise<RotationRun | undefined> {
  const entry = await registry.get(rotationKey);
  return entry && (JSON.parse(entry.value) as RotationRun);
}
