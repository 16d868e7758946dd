// Runs every test: units (and test/long) in one process, beside it end-to-end files each in its own, two at a time, and ends
// with one summary in node's own form. An end-to-end file that fails is run once more by itself: a machine that stood still
// breaks what waits for real programs. A test that fails again has failed; what passed then is listed as unstable.
// Usage: node scripts/test.ts [FILE…]   (files: only these end-to-end tests)
//        SEED=2 node scripts/test.ts   (other random documents than usual; `make unit` takes others each time)
//        node scripts/test.ts --units REPORT   (the units alone; what came of them as JSON in a file)
import { spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { inspect } from "node:util";
import fc from "fast-check";

/** As long as units may take on a slow machine that runs end-to-end tests as well, in ms. */
const unitsLimitMs = 25 * 60_000;

/** Where random documents, files and orders of events begin: a change is judged by the same ones each time. */
const seed = process.env["SEED"] ?? "1";
process.env["SEED"] = seed;

/** End-to-end files at a time: they wait more than they compute. */
const lanes = 2;

/** A file that has not ended by then never will: something in it keeps its process alive. */
const fileLimitMs = 8 * 60_000;

/** With more failed files than this it is not the machine: none is run again. */
const mostAgain = 8;

const started = performance.now();

/** What came of some files. */
interface Outcome {
  readonly totals: Totals;
  readonly skipped: string[];
  readonly failed: string[];
}

type Totals = Record<"tests" | "suites" | "passed" | "failed" | "cancelled" | "skipped" | "todo", number>;

const nothing = (): Outcome => ({
  totals: { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 },
  skipped: [],
  failed: [],
});

function add(sum: Outcome, { totals, skipped, failed }: Outcome): void {
  for (const key of Object.keys(totals) as (keyof Totals)[]) sum.totals[key] += totals[key];
  sum.skipped.push(...skipped);
  sum.failed.push(...failed);
}

/** Runs files and shows them as node's spec reporter does, without the summary. */
async function runFiles(stream: ReturnType<typeof run>, show: (text: string) => void): Promise<Outcome> {
  const outcome = nothing();
  const { totals, skipped, failed } = outcome;
  stream.on("test:summary", (summary) => {
    if (summary.file !== undefined) return;
    for (const key of Object.keys(totals) as (keyof Totals)[]) totals[key] += summary.counts[key];
  });
  stream.on("test:pass", (event) => {
    if (typeof event.skip === "string" && event.skip) skipped.push(`${event.name}: ${event.skip}`);
  });
  stream.on("test:fail", (event) => {
    const error = event.details.error as Error & { failureType?: string };
    if (event.details.type === "suite" && error.failureType === "subtestsFailed") return;
    failed.push(`${event.file ?? ""}: ${event.name}\n${reasonOf(error)}`);
  });
  const shown = stream.compose(async function* (events: AsyncIterable<{ type: string; data: Diagnostic }>) {
    for await (const event of events) {
      if (event.type === "test:summary" || (event.type === "test:diagnostic" && isCount(event.data))) continue;
      yield event;
    }
  });
  for await (const text of shown.compose(spec)) show(text as string);
  return outcome;
}

interface Diagnostic {
  readonly nesting?: number;
  readonly message?: string;
}

/** Whether it is a line of the summary, not news such as an error after a test's end. */
function isCount({ nesting, message = "" }: Diagnostic): boolean {
  return nesting === 0 && /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(message);
}

/** Why a test failed, in so few lines that the end of a long log still holds all of them. */
function reasonOf(error: Error): string {
  const cause = error.cause ?? error; // of what a time limit ended, the cause is a text
  const message = cause instanceof Error ? cause.message : typeof cause === "string" ? cause : inspect(cause);
  const lines = message.split("\n").slice(0, 30);
  return lines.map((line) => `      ${line.slice(0, 300)}`).join("\n");
}

/** Runs the units in a process of their own, so that one which spins stops nothing else; shows what it printed at its end. */
function runUnits(): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "portway-units-"));
  const report = join(folder, "report.json");
  const child = spawn(process.execPath, [import.meta.filename, "--units", report], { timeout: unitsLimitMs });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      console.log(`\n▶ units\n${text}`);
      const reason = `units: ended with ${signal ?? code} before their end`;
      const isWhole = existsSync(report);
      resolve(isWhole ? (JSON.parse(readFileSync(report, "utf8")) as Outcome) : { ...nothing(), failed: [reason] });
      rmSync(folder, { recursive: true });
    });
  });
}

/** Runs a file and shows it as a whole at its end; what will be run again carries another mark than what has failed. */
async function runEndToEnd(file: string, isFirst: boolean): Promise<Outcome> {
  let text = `\n▶ ${file}\n`;
  const stream = run({
    files: [file],
    isolation: "process",
    concurrency: 1,
    timeout: 300_000,
    signal: AbortSignal.timeout(fileLimitMs),
  });
  const outcome = await runFiles(stream, (part) => (text += part));
  process.stdout.write(isFirst ? text.replaceAll("✖", "↻") : text);
  return outcome;
}

/** Whether any of it failed, or there was nothing to run. */
const hasFailed = ({ totals, failed }: Outcome) => failed.length + totals.cancelled > 0 || totals.tests === 0;

/** Runs files in lanes, and those that failed once more, one by one; tells what failed only at first. */
async function runAllEndToEnd(files: readonly string[], sum: Outcome): Promise<readonly string[]> {
  const left = [...files];
  const again: { readonly file: string; readonly first: Outcome }[] = [];
  const lane = async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const first = await runEndToEnd(file, true);
      if (hasFailed(first)) again.push({ file, first });
      else add(sum, first);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const unstable: string[] = [];
  const isWorthIt = again.length <= mostAgain;
  for (const { file, first } of again) {
    if (!isWorthIt) {
      add(sum, first);
      continue;
    }
    const second = await runEndToEnd(file, false);
    add(sum, second);
    if (!hasFailed(second)) unstable.push(...first.failed);
  }
  return unstable;
}

function printSummary({ totals, skipped, failed }: Outcome, unstable: readonly string[]): void {
  const list = (title: string, lines: readonly string[]) => {
    if (lines.length > 0) console.log(`\n${title}:\n${lines.map((line) => `  ${line}`).join("\n")}`);
  };
  list("skipped", skipped);
  list("unstable (failed at first, passed when run again)", unstable);
  list("failed", failed);
  console.log(`
ℹ tests ${totals.tests}
ℹ suites ${totals.suites}
ℹ pass ${totals.passed}
ℹ fail ${totals.failed}
ℹ cancelled ${totals.cancelled}
ℹ skipped ${totals.skipped}
ℹ todo ${totals.todo}
ℹ duration_ms ${Math.round(performance.now() - started)}`);
}

const words = process.argv.slice(2);
if (words[0] === "--units") {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL); // what waits for real programs goes first
  fc.configureGlobal({ seed: Number(seed) });
  const files = globSync(["src/**/*.test.ts", "test/*.test.ts", "test/long/*.test.ts"]).sort();
  const units = run({ files, isolation: "none", timeout: 900_000 });
  const outcome = await runFiles(units, (text) => process.stdout.write(text));
  writeFileSync(words[1]!, JSON.stringify(outcome));
  process.exit(0);
}
const sum = nothing();
const units = words.length > 0 ? undefined : runUnits();
const files = words.length > 0 ? words : globSync("test/e2e/**/*.test.ts").sort();
const unstable = await runAllEndToEnd(files, sum);
if (units !== undefined) add(sum, await units);
printSummary(sum, unstable);
process.exit(hasFailed(sum) ? 1 : 0);
