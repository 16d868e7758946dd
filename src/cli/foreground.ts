// Keeps programs running from this process: their logs in files and, in short, on the terminal.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../lib/clock.ts";
import { startChild } from "./child.ts";
import type { Context } from "./context.ts";
import type { Keeper } from "./keeper.ts";
import { type LogFile, openLogFile } from "./log-file.ts";
import { isLoud, readableLine } from "./log-line.ts";
import { type Program, type ProgramName, supervise } from "./supervise.ts";
import { openDoor } from "./supervisor-door.ts";

export const logFolder = (stateDir: string): string => join(stateDir, "logs");

export async function openForeground(context: Context, verbose: boolean): Promise<Keeper> {
  const { paths, colour } = context;
  const stopping = new AbortController();
  const door = await openDoor(paths, () => stopping.abort());
  const stop = AbortSignal.any([context.stop, stopping.signal]);
  const logs = new Map<ProgramName, LogFile>();

  const logOf = (name: ProgramName) => {
    const log = logs.get(name) ?? openLogFile(join(logFolder(paths.stateDir), `${name}.log`));
    logs.set(name, log);
    return log;
  };
  const onLine = ({ name }: Program, line: string) => {
    logOf(name).write(line);
    if (verbose || isLoud(line)) context.note(readableLine(line, colour, name));
  };
  const wayOn = existsSync(paths.control)
    ? "ending this and `portway up` makes it a member anew"
    : "`portway leave` takes the rest away";
  const words = ["--state-dir", paths.stateDir, "--run-dir", paths.runDir];
  const supervisor = supervise({
    clock: systemClock,
    start: (program) => startChild(program, { words, env: context.env, onLine }),
    onEnd: ({ name }, how, waitMs) => {
      const again = waitMs === undefined ? undefined : `it starts again in ${(waitMs / 1000).toFixed(1)} s`;
      const then = again ?? `this host is no longer of the network, and ${wayOn}`;
      context.note(colour.warn(`${name} ended ${how}: ${then}`));
    },
  });
  const end = async () => {
    await supervisor.stop();
    for (const log of logs.values()) log.close();
    door.close();
  };
  return {
    kind: "foreground",
    keep: async (program) => supervisor.keep(program),
    handOver: async () => {},
    abandon: end,
    async stay() {
      const isStopped = new Promise((resolve) => {
        if (stop.aborted) resolve(undefined);
        else stop.addEventListener("abort", resolve, { once: true });
      });
      await Promise.race([isStopped, supervisor.allOver()]);
      if (!stop.aborted) {
        context.note("nothing is left to run here");
        await end();
        return "over";
      }
      const goesOn = "; tunnels and nginx go on serving (`portway down` ends them)";
      context.note(`stopping Portway's programs${stopping.signal.aborted ? "" : goesOn}`);
      await end();
      return "stopped";
    },
  };
}
