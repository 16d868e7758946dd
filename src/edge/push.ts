// Brings objects into force in nginx by its unix socket: the change alone when nginx holds what was pushed last, all of
// them otherwise. What every worker has taken is kept on disk, for nginx to start with.
import { readJsonIfAny, writeFileAtomic } from "../lib/files.ts";
import { ConnectionFailed, type Door, type Reply, request } from "../lib/http.ts";
import type { Log } from "../lib/log.ts";
import type { GatewayState, SnapshotPush, SnapshotReply } from "../wire/edge-state.ts";
import { type Followed, followedFrom, nothingFollowed } from "../wire/follow.ts";
import { deltaOf, digestAfter, type Objects } from "../wire/objects.ts";
import { parseState } from "./gateway-state.ts";

export type Pushed =
  | { readonly kind: "inForce"; readonly workers: number | undefined }
  /** nginx will not have these objects, and goes on with the last ones. */
  | { readonly kind: "refused"; readonly reason: string }
  /** nginx cannot be asked now. */
  | { readonly kind: "unreachable"; readonly reason: string };

export interface SnapshotPusher {
  readonly push: (objects: Objects) => Promise<Pushed>;
  /** What every worker has; the revision is this edge's own count, apart from control's. */
  readonly inForce: () => Followed;
  /** Writes what is in force to the state file, unless it is there: apart from `push`, which it would hold up. */
  readonly save: () => void;
  /** nginx was started anew: what it holds has to be asked again. */
  readonly forget: () => void;
}

export function snapshotPusher(options: {
  readonly door: Door;
  /** The last state in force, with private keys of certificates in it. */
  readonly stateFile: string;
  readonly log: Log;
}): SnapshotPusher {
  const { door, stateFile, log } = options;
  const saved = followedFrom(readJsonIfAny(stateFile));
  let isSaved = saved !== undefined;
  let inForce = saved ?? nothingFollowed;
  /** Undefined: not asked yet, or no more to be relied on. */
  let held: Pick<GatewayState, "revision" | "digest"> | undefined;

  async function push(objects: Objects): Promise<Pushed> {
    try {
      held ??= parseState(await request({ ...door, path: "/state" }));
      const first = await attempt(objects, held);
      if (first !== "stale") return first;
      held = parseState(await request({ ...door, path: "/state" }));
      const second = await attempt(objects, held);
      return second === "stale" ? { kind: "unreachable", reason: "another process pushes to this nginx" } : second;
    } catch (error) {
      held = undefined;
      if (error instanceof ConnectionFailed) return { kind: "unreachable", reason: error.message };
      throw error;
    }
  }

  async function attempt(objects: Objects, from: NonNullable<typeof held>): Promise<Pushed | "stale"> {
    const delta = deltaOf(inForce.objects, objects);
    const digest = digestAfter(inForce.digest, inForce.objects, delta);
    if (from.digest === digest && from.revision > 0) {
      keep({ revision: from.revision, objects, digest });
      return { kind: "inForce", workers: undefined };
    }
    const knows = from.revision > 0 && from.digest === inForce.digest;
    const to = Math.max(inForce.revision, from.revision) + 1;
    const body: SnapshotPush = knows
      ? { from: from.revision, to, full: false, ...delta, digest }
      : { from: 0, to, full: true, upserts: objects, removes: [], digest };
    const reply = await request({ ...door, method: "POST", path: "/snapshot", body: JSON.stringify(body) });
    if (reply.status === 409) return "stale";
    const answer = parseReply(reply);
    if (reply.status !== 200) return refusal(reply.status, answer?.error);
    if (answer?.digest !== digest) return { kind: "unreachable", reason: "nginx's answer names another digest" };
    held = { revision: answer.revision, digest };
    log.info(
      { revision: to, full: body.full, upserts: Object.keys(body.upserts).length, workers: answer.workers },
      "snapshot in force",
    );
    keep({ revision: answer.revision, objects, digest });
    return { kind: "inForce", workers: answer.workers };
  }

  function keep(state: Followed): void {
    isSaved &&= state.digest === inForce.digest && state.revision === inForce.revision;
    inForce = state;
  }

  return {
    push,
    inForce: () => inForce,
    save() {
      if (isSaved) return;
      writeFileAtomic(stateFile, JSON.stringify(inForce), 0o640);
      isSaved = true;
    },
    forget() {
      held = undefined;
    },
  };
}

function refusal(status: number, error: string | undefined): Pushed {
  const reason = error ?? `nginx answered ${status}`;
  return status === 422 ? { kind: "refused", reason } : { kind: "unreachable", reason };
}

function parseReply(reply: Reply): SnapshotReply | undefined {
  try {
    return JSON.parse(reply.body) as SnapshotReply;
  } catch {
    return undefined;
  }
}
