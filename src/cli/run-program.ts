// What the commands that run one program share: until when it runs, and where it logs.
import { flushCompileCache } from "node:module";
import { createLog, type Log, type LogLevel } from "../lib/log.ts";
import { supervisedVariable } from "./child.ts";
import type { Option } from "./command.ts";
import type { Context } from "./context.ts";
import type { ProgramName } from "./supervise.ts";

/** Exit status of an agent or edge whose host was removed from the network: there is no use in starting it again. */
export { removedStatus } from "./child.ts";

export const logLevelOption: Option = {
  flags: "--log-level <level>",
  text: "the least that is logged",
  fallback: "info",
  choices: ["debug", "info", "warn", "error"],
};

export const programLog = (name: ProgramName, options: { readonly logLevel?: unknown }): Log =>
  createLog(name, options.logLevel as LogLevel);

/** Resolves when the program is to end: by Ctrl-C or SIGTERM, or because the supervisor that started it is gone. */
export function untilStopped(context: Context): Promise<void> {
  flushCompileCache(); // the next start finds it also when this run ends by a crash
  return new Promise((resolve) => {
    if (context.stop.aborted) return resolve();
    context.stop.addEventListener("abort", () => resolve(), { once: true });
    if (context.env[supervisedVariable] !== "1") return;
    process.stdin.once("end", resolve).once("error", resolve).resume();
    // It must not keep a program alive that is about to end by itself.
    if ("unref" in process.stdin) (process.stdin as { unref: () => void }).unref();
  });
}
