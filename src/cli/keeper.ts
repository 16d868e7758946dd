// Who keeps the programs of this machine running: systemd where it runs, else this process in the foreground.
import type { Context } from "./context.ts";
import type { End, Program } from "./supervise.ts";

export interface Keeper {
  readonly kind: "systemd" | "foreground";
  /** Starts a program (one that runs already goes on); `firstEnd` resolves if its first run ends. */
  readonly keep: (program: Program) => Promise<{ readonly firstEnd: Promise<End> }>;
  /** Files that this process made in the programs' folders belong to the programs' own users from here on. */
  readonly handOver: () => Promise<void>;
  /** In the foreground, waits until Portway is to end and ends the programs, or until all have ended for good ("over"); else returns at once. */
  readonly stay: () => Promise<"stopped" | "over">;
  /** After a failed start: ends what was started in the foreground. */
  readonly abandon: () => Promise<void>;
}

export interface KeeperOptions {
  readonly foreground: boolean;
  /** Everything that the programs log is shown, not only warnings and errors. */
  readonly verbose: boolean;
}

export const keeperOptions = [
  { flags: "--foreground", text: "keep the programs running from here instead of from systemd, until Ctrl-C" },
  { flags: "-v, --verbose", text: "in the foreground: show all that the programs log" },
] as const;

/** Does `work` with this machine's keeper, and stays with the programs; what fails ends those that were started. */
export async function withKeeper(
  context: Context,
  options: KeeperOptions,
  work: (keeper: Keeper) => Promise<void>,
): Promise<"stopped" | "over"> {
  const { openSystemd, systemdParts, systemdRuns } = await import("./systemd.ts");
  const useSystemd = !options.foreground && systemdRuns();
  if (!useSystemd && !options.foreground) context.note("systemd does not run here: staying in the foreground");
  const keeper = useSystemd
    ? openSystemd(context.paths, systemdParts(context))
    : await (await import("./foreground.ts")).openForeground(context, options.verbose);
  try {
    await work(keeper);
  } catch (error) {
    await keeper.abandon();
    throw error;
  }
  return keeper.stay();
}
