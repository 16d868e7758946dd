// Makes changes real, one after the other; one that fails does not keep the others from being tried.
import { CommandFailed, change, type Exec } from "../../lib/exec.ts";
import type { Change } from "../overlay/model.ts";
import type { WireGuard } from "../wireguard/wireguard.ts";
import { loadFirewall } from "./firewall.ts";
import type { Settings } from "./settings.ts";

export interface Machine {
  readonly exec: Exec;
  /** Gets the words of each change before it is made. */
  readonly announce: (command: string) => void;
  /** Where the agent keeps its state. */
  readonly folder: string;
  readonly settings: Settings;
  readonly wireguard: WireGuard;
}

/** Makes the changes; returns what went wrong, in order. */
export async function apply(machine: Machine, changes: readonly Change[]): Promise<readonly Error[]> {
  const failures: Error[] = [];
  for (const batch of batches(changes)) {
    try {
      await applyBatch(machine, batch);
    } catch (error) {
      failures.push(error as Error);
    }
  }
  return failures;
}

/** Runs of `ip` changes go to one process, in order; everything else is alone. */
function batches(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups: Change[][] = [];
  for (const one of changes) {
    const last = groups.at(-1);
    if (last !== undefined && isBatchable(one) && isBatchable(last[0]!)) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** A line of `ip -batch` cannot begin with an option. */
const isBatchable = (one: Change) => one.kind === "ip" && !one.words[0]!.startsWith("-");

async function applyBatch(machine: Machine, batch: readonly Change[]): Promise<void> {
  if (batch.length === 1) return applyOne(machine, batch[0]!);
  const lines = batch.map((one) => (one.kind === "ip" ? one.words.join(" ") : ""));
  for (const line of lines) machine.announce(`ip ${line}`);
  const ran = await machine.exec("ip", ["-force", "-batch", "-"], { input: lines.join("\n") });
  if (ran.code !== 0) throw new CommandFailed("ip", ["-force", "-batch", "-"], ran);
}

async function applyOne(machine: Machine, one: Change): Promise<void> {
  const { exec, announce, wireguard, settings } = machine;
  switch (one.kind) {
    case "ip":
      await change(exec, announce, "ip", one.words);
      return;
    case "wg":
      await change(exec, announce, "wg", ["set", one.link, ...one.words], { timeoutMs: 5000 });
      return;
    case "createLink":
      return wireguard.create(one.link);
    case "removeLink":
      return wireguard.remove(one.link);
    case "setting":
      return settings.write(one.setting, one.machineWide);
    case "restoreSettings":
      settings.restore(one.except);
      return;
    case "firewall":
      return loadFirewall(machine, one.text);
  }
}
