// Keeps nginx's snapshot as control and the files of this host say.
import { backoff } from "../lib/backoff.ts";
import type { Followed } from "../wire/follow.ts";
import type { Objects } from "../wire/objects.ts";
import type { Warning } from "../wire/warnings.ts";
import type { WatchedFiles } from "./file-watch.ts";
import type { LocalFacts } from "./local-facts.ts";
import { gatewayObjects } from "./local-objects.ts";
import { isOwn } from "./names/own.ts";
import type { SnapshotPusher } from "./push.ts";

export interface SnapshotKeeper {
  /** One pass; gives the ms until the next. */
  readonly pass: () => Promise<number>;
  /** Control's revision that every worker has. */
  readonly revision: () => number;
  /** Why the wanted snapshot is not in force. */
  readonly error: () => string | undefined;
  readonly warnings: () => readonly Warning[];
}

export interface SnapshotKeeperOptions {
  readonly pusher: SnapshotPusher;
  readonly files: WatchedFiles;
  readonly followed: () => Followed;
  readonly isRunning: () => boolean;
  /** Whether nginx.conf has the places that services of these objects are asked from, and their names were looked up. */
  readonly isReadyFor: (objects: Objects) => boolean;
  readonly selfSigned: LocalFacts["selfSigned"];
  readonly addressesOf: LocalFacts["addressesOf"];
  readonly nowMs: () => number;
  /** Objects came into force that are not on disk yet. */
  readonly onInForce: () => void;
  readonly onChange: () => void;
}

/** Certificates age without any change: looked at again this often. */
const idleMs = 3_600_000;
const refusedMs = 30_000;
const notReadyMs = 50;

export function snapshotKeeper(options: SnapshotKeeperOptions): SnapshotKeeper {
  const { pusher, files } = options;
  const waits = backoff(20, 2_000);
  let revision = 0;
  let error: string | undefined;
  let warnings: readonly Warning[] = [];

  async function pass(): Promise<number> {
    const wanted = options.followed();
    // Without the nginx object this host is no edge; what it serves stays, so that no push can empty it.
    if (wanted.objects["nginx"] === undefined || !options.isRunning()) return idleMs;
    if (!options.isReadyFor(wanted.objects)) return notReadyMs;
    files.forget();
    const { selfSigned, addressesOf } = options;
    const facts = { read: files.read, selfSigned, addressesOf, isOwn, nowMs: options.nowMs() };
    const made = await gatewayObjects(wanted.objects, pusher.inForce().objects, facts);
    const pushed = await pusher.push(made.objects);
    const before = { revision, error, warnings };
    warnings = made.warnings;
    if (pushed.kind === "inForce") {
      revision = wanted.revision;
      options.onInForce();
    }
    if (pushed.kind !== "unreachable") error = pushed.kind === "refused" ? pushed.reason : undefined;
    if (JSON.stringify(before) !== JSON.stringify({ revision, error, warnings })) options.onChange();
    if (pushed.kind === "unreachable") return waits.next();
    waits.reset();
    return pushed.kind === "refused" ? refusedMs : idleMs;
  }

  return { pass, revision: () => revision, error: () => error, warnings: () => warnings };
}
