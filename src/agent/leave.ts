// Takes this machine out of its network, and everything that Portway made on it away.
import { rmSync } from "node:fs";
import { connectControl } from "../host/control-client.ts";
import { readIdentity } from "../lib/identity.ts";
import { AppError } from "../wire/errors.ts";
import { keysFolder } from "./files.ts";
import { demandNoAgent } from "./lock.ts";
import { forgetState } from "./state.ts";
import { type TeardownOptions, teardown } from "./teardown.ts";

export interface Left {
  /** What the host was; undefined where it was no member. */
  readonly name?: string;
  /** Control knows. If not, why: a person has to remove the host there. */
  readonly told: boolean;
  readonly reason?: string;
}

/** Leaves, whether control can be told or not. Throws AppError while an agent runs. */
export async function leave(options: TeardownOptions): Promise<Left> {
  const { paths } = options;
  demandNoAgent(paths.agent);
  const identity = readIdentity(paths.identity);
  const told =
    identity === undefined ? { told: true } : await tell(() => connectControl(identity).post("selfLeave", {}));
  await teardown(options);
  forgetState(paths.agent);
  for (const path of [keysFolder(paths.agent), paths.identity, paths.allowHooks])
    rmSync(path, { recursive: true, force: true });
  return { ...told, ...(identity && { name: identity.name }) };
}

async function tell(call: () => Promise<void>): Promise<Pick<Left, "told" | "reason">> {
  try {
    await call();
    return { told: true };
  } catch (error) {
    if (error instanceof AppError && error.code === "hostRemoved") return { told: true };
    return { told: false, reason: (error as Error).message };
  }
}
