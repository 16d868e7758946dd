// Takes this machine out of its network, and everything that Portway made on it away.
import { rmSync } from "node:fs";
import { type ControlClient, connectControl } from "../host/control-client.ts";
import type { Clock } from "../lib/clock.ts";
import { readIdentity } from "../lib/identity.ts";
import { AppError } from "../wire/errors.ts";
import { keysFolder } from "./files.ts";
import { demandNoAgent } from "./lock.ts";
import { forgetState } from "./state.ts";
import { type TeardownOptions, teardown } from "./teardown.ts";

export interface Left {
  /** What the host was; undefined where it was no member. */
  readonly name?: string;
  /** Control knows. If not, why: a person has to remove the host there, unless this machine is a copy. */
  readonly told: boolean;
  readonly reason?: string;
  /** Another machine has the same identity: that one stays a member; "maybe": one may have it, or had it until now. */
  readonly copy?: true | "maybe";
}

/** An agent speaks every ten seconds: by then it is certain whether another machine's is connected. */
const certaintyMs = 25_000;
const retryMs = 1_000;

/** Leaves, whether control can be told or not. Throws AppError while an agent runs. */
export async function leave(options: TeardownOptions): Promise<Left> {
  const { paths } = options;
  demandNoAgent(paths.agent);
  const identity = readIdentity(paths.identity);
  const told = identity === undefined ? { told: true } : await tell(connectControl(identity), options.clock);
  await teardown(options);
  forgetState(paths.agent);
  for (const path of [keysFolder(paths.agent), paths.identity, paths.allowHooks])
    rmSync(path, { recursive: true, force: true });
  return { ...told, ...(identity && { name: identity.name }) };
}

async function tell(control: ControlClient, clock: Clock): Promise<Omit<Left, "name">> {
  const endMs = clock.monotonic() + certaintyMs;
  for (;;) {
    try {
      await control.post("selfLeave", {});
      return { told: true };
    } catch (error) {
      if (!(error instanceof AppError)) return { told: false, reason: (error as Error).message };
      const { code, message: reason, details } = error;
      if (code === "hostRemoved") return { told: true };
      if (code !== "identityInUse") return { told: false, reason };
      if ((details as { certain?: boolean } | undefined)?.certain) return { told: false, reason, copy: true };
      if (clock.monotonic() > endMs) return { told: false, reason, copy: "maybe" }; // or its own agent's connection, which nobody ended
      await clock.sleep(retryMs);
    }
  }
}
