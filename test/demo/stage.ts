// How the demo speaks: chapters, each command as a person would type it with what it prints, and a table of what was proven.
import type { Host } from "../lab/lab.ts";
import type { LabProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";

export interface Stage {
  readonly chapter: (title: string) => void;
  readonly say: (text: string) => void;
  /** Shows and runs a command on a host; prints what it said; throws unless it ended with one of `expect`. */
  readonly run: (host: Host, words: readonly string[], options?: RunOptions) => Promise<string>;
  /** Shows and starts a command that goes on, and waits until its log says `until`. */
  readonly start: (host: Host, words: readonly string[], until: RegExp) => Promise<LabProcess>;
  /** Records whether something held, and what to do when it did not. */
  readonly prove: (claim: string, held: boolean, figure: string, advice?: string) => void;
  /** Prints the table, what did not hold last; true when everything held. */
  readonly table: () => boolean;
}

export interface RunOptions {
  readonly expect?: readonly number[];
  /** Do not print the output (it is long, or a secret). */
  readonly quiet?: boolean;
  /** Words shown instead of the real ones. */
  readonly shown?: readonly string[];
  readonly maxLines?: number;
}

interface Proof {
  readonly claim: string;
  readonly held: boolean;
  readonly figure: string;
  readonly advice: string;
}

const report = "the programs' logs say more: portway logs on the host; please report it if it happens again";

export function createStage(colours: boolean): Stage {
  const paint = (code: number, text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
  const print = (text: string) => process.stdout.write(`${text}\n`);
  const proofs: Proof[] = [];
  const prompt = (host: Host, words: readonly string[]) =>
    print(`${paint(36, `${host.name} $`)} ${paint(1, words.join(" "))}`);
  const indent = (text: string, maxLines = 40) => {
    const lines = text.trimEnd().split("\n");
    const shown = lines.slice(0, maxLines).map((line) => `    ${line}`);
    if (lines.length > maxLines) shown.push(`    … ${lines.length - maxLines} more lines`);
    if (text.trim() !== "") print(shown.join("\n"));
  };
  return {
    chapter: (title) => print(`\n${paint(1, `── ${title} ${"─".repeat(Math.max(0, 96 - title.length))}`)}`),
    say: (text) => print(paint(2, text)),
    run: async (host, words, options = {}) => {
      prompt(host, options.shown ?? words);
      const ran = await host.run(words, { check: false, timeoutMs: 60_000 });
      if (!options.quiet) indent(ran.stdout + ran.stderr, options.maxLines);
      if (!(options.expect ?? [0]).includes(ran.code)) {
        throw new Error(`${host.name}: ${words.join(" ")} ended with ${ran.code}: ${ran.stderr || ran.stdout}`);
      }
      return ran.stdout;
    },
    start: async (host, words, until) => {
      prompt(host, [...words, "&"]);
      const started = host.start(words, { name: `${words.slice(0, 2).join("-")}` });
      await waitFor(
        () => until.test(started.logText()) || (started.running() ? undefined : Promise.reject(started.logText())),
        {
          what: `${words.slice(0, 2).join(" ")} on ${host.name} to say ${until}`,
          timeoutMs: 60_000,
        },
      );
      indent(readable(started.logText()), 12);
      return started;
    },
    prove: (claim, held, figure, advice = report) => {
      proofs.push({ claim, held, figure, advice });
      print(`  ${held ? paint(32, "✔") : paint(31, "✘")} ${claim}: ${paint(1, figure)}`);
    },
    table: () => {
      const width = Math.max(...proofs.map((proof) => proof.claim.length));
      for (const { claim, held, figure } of proofs) {
        print(`  ${held ? paint(32, "✔") : paint(31, "✘")} ${claim.padEnd(width)}  ${figure}`);
      }
      const missed = proofs.filter((proof) => !proof.held);
      print(`\n  ${proofs.length - missed.length} of ${proofs.length} held`);
      for (const { claim, figure, advice } of missed) {
        print(`  ${paint(31, "✘")} ${claim}: ${figure}\n      ${advice}`);
      }
      return missed.length === 0;
    },
  };
}

/** The lines a person reads: structured log lines are left out. */
function readable(text: string): string {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("{"))
    .join("\n");
}
