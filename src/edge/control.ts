// Where an edge's desired states come from and its statuses go.
import { connectControl } from "../host/control-client.ts";
import { controlSource, type Source } from "../host/follow-control.ts";
import type { Clock } from "../lib/clock.ts";
import { readIdentity } from "../lib/identity.ts";
import type { Paths } from "../lib/paths.ts";
import type { HostAnswer } from "../wire/api.ts";
import { AppError } from "../wire/errors.ts";
import type { EdgeStatus } from "../wire/stream.ts";

export interface EdgeControl {
  /** This edge's name. */
  readonly node: string;
  readonly source: Source;
  /** Rejects with AppError. */
  readonly report: (status: EdgeStatus, signal: AbortSignal) => Promise<void>;
  /** Rejects with AppError. */
  readonly answer: (answer: HostAnswer, signal: AbortSignal) => Promise<void>;
}

/** The control of the network that this host joined; throws AppError when it has joined none. */
export function joinedControl(paths: Paths, clock: Clock): EdgeControl {
  const identity = readIdentity(paths.identity);
  if (identity === undefined) {
    throw new AppError("notRunning", "this host is not a member of a network", { hint: "run: portway join TOKEN" });
  }
  const client = connectControl(identity, () => readIdentity(paths.identity));
  return {
    node: identity.name,
    source: controlSource(client, "edge", clock),
    answer: (answer, signal) => client.post("selfAnswer", answer, signal),
    report: (status, signal) => client.post("selfStatus", status, signal),
  };
}
