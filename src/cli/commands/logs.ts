// portway logs: what the programs of this machine log, from the journal or from the foreground's files.
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { start } from "../../lib/exec.ts";
import type { Paths } from "../../lib/paths.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";
import { logFolder } from "../foreground.ts";
import { byTime, readableLine, recordLine } from "../log-line.ts";
import { wholeNumber } from "../numbers.ts";
import { keptByUnits } from "../systemd.ts";

/** `stream` is the second nginx, which serves listeners. */
const programs = ["control", "agent", "edge", "nginx", "stream"] as const;
const nginxFiles: Readonly<Record<string, string>> = { nginx: "error.log", stream: "stream-error.log" };

export const command: CommandWork = {
  about:
    "With --json each line is a JSON object: a record as the program wrote it, and other text, such as all that nginx writes, as { program, text }. `stream` is the second nginx, which serves the file's listeners.",
  arguments: [{ name: "[program]", text: "only this one", choices: programs }],
  options: [
    { flags: "-f, --follow", text: "go on with new lines until Ctrl-C" },
    { flags: "-n, --lines <count>", text: "how many lines from the past, of each program", fallback: "50" },
  ],
  examples: ["portway logs -f", "portway logs agent -n 200"],
  run: async (context, [program], options) => {
    const lines = wholeNumber(options["lines"] as string, "--lines", 0);
    const follow = options["follow"] === true;
    const show = (line: string) => context.raw(`${context.json ? line : readableLine(line, context.colour)}\n`);
    const sources = sourcesOf(context, program, lines, follow);
    const past = sources.map((): string[] => []);
    const statuses = await Promise.all(
      sources.map((source, at) =>
        readLines(context, source.words, (text) => {
          const line = context.json ? recordLine(text, source.program) : text;
          if (follow) show(line);
          else past[at]!.push(line);
        }),
      ),
    );
    for (const line of byTime(past.flat())) show(line);
    return Math.max(...statuses);
  },
};

function readLines(context: Context, words: readonly string[], onLine: (line: string) => void): Promise<number> {
  const child = start(words[0]!, words.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  context.stop.addEventListener("abort", () => child.kill());
  createInterface({ input: child.stdout! }).on("line", onLine);
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve(context.stop.aborted ? 0 : (code ?? 1)));
  });
}

/** A command that reads the log of one program. */
interface Source {
  readonly program: string;
  readonly words: readonly string[];
}

/** Both nginx write files always, and their units' journals have what keeps them from starting. */
function sourcesOf(context: Context, only: string | undefined, lines: number, follow: boolean): readonly Source[] {
  const { paths } = context;
  const names = only === undefined ? programs : [only];
  const byUnits = keptByUnits(paths);
  const journals = byUnits ? names.map((program) => journalOf(program, lines, follow)) : [];
  const files = names
    .filter((name) => !byUnits || Object.hasOwn(nginxFiles, name))
    .flatMap((program) => {
      const path = fileOf(paths, program);
      if (!isReadable(path, byUnits && only === undefined)) return [];
      return [{ program, words: ["tail", "-n", `${lines}`, ...(follow ? ["-F"] : []), path] }];
    });
  const sources = [...journals, ...files];
  if (sources.length > 0) return sources;
  throw new AppError("notFound", `there are no logs of ${only ?? "Portway's programs"} on this machine`, {
    hint: "programs that another user or a service manager runs log elsewhere",
  });
}

function journalOf(program: string, lines: number, follow: boolean): Source {
  const words = ["journalctl", "--no-pager", "--quiet", "--output=cat", `--lines=${lines}`];
  return { program, words: [...words, ...(follow ? ["--follow"] : []), `--unit=portway-${program}.service`] };
}

function fileOf(paths: Paths, program: string): string {
  const name = nginxFiles[program];
  return name === undefined ? join(logFolder(paths.stateDir), `${program}.log`) : join(paths.edge, "logs", name);
}

/** Throws for a file that may be there and that this user may not read, unless it is one of many that were asked for. */
function isReadable(path: string, isOneOfMany: boolean): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch (error) {
    if (isOneOfMany || ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
