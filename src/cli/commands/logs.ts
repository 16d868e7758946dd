// portway logs: what the programs of this machine log, from the journal or from the foreground's files.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { start } from "../../lib/exec.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";
import type { Context } from "../context.ts";
import { logFolder } from "../foreground.ts";
import { byTime, readableLine } from "../log-line.ts";
import { wholeNumber } from "../numbers.ts";
import { keptByUnits } from "../systemd.ts";

const programs = ["control", "agent", "edge", "nginx"] as const;

export const command: CommandWork = {
  about: "With --json each line is as the program wrote it.",
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
    const past: string[] = [];
    const status = await readLines(context, sourceOf(context, program, lines, follow), (line) =>
      follow ? show(line) : past.push(line),
    );
    for (const line of byTime(past)) show(line);
    return status;
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

/** The command that reads the logs: nginx writes files always, the others where nobody keeps a journal. */
function sourceOf(context: Context, program: string | undefined, lines: number, follow: boolean): string[] {
  const { paths } = context;
  const nginx = join(paths.edge, "logs", "error.log");
  if (keptByUnits(paths) && program !== "nginx") {
    const names = program === undefined ? programs : [program];
    return [
      ...["journalctl", "--no-pager", "--quiet", "--output=cat", `--lines=${lines}`, ...(follow ? ["--follow"] : [])],
      ...names.map((name) => `--unit=portway-${name}.service`),
    ];
  }
  const fileOf = (name: string) => (name === "nginx" ? nginx : join(logFolder(paths.stateDir), `${name}.log`));
  const files = (program === undefined ? programs : [program]).map(fileOf).filter((path) => existsSync(path));
  if (files.length === 0) {
    throw new AppError("notFound", `there are no logs of ${program ?? "Portway's programs"} on this machine`, {
      hint: "programs that another user or a service manager runs log elsewhere",
    });
  }
  return ["tail", "-q", "-n", `${lines}`, ...(follow ? ["-F"] : []), ...files];
}
