// Runs every test: units (and test/long) in one process, beside it end-to-end ones each in its own, and ends with one summary in node's own form.
// Usage: node scripts/test.ts [FILE…]   (files: only these end-to-end tests)
//        node scripts/test.ts --units REPORT   (the units alone; what came of them as JSON in a file)
import { spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/** As long as units may take on a slow machine that runs end-to-end tests as well, in ms. */
const unitsLimitMs = 25 * 60_000;

const totals = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
const skipped: string[] = [];
const failed: string[] = [];
const started = performance.now();

/** Runs files and shows them as node's spec reporter does, but keeps the summary for the end. */
async function runFiles(stream: ReturnType<typeof run>): Promise<void> {
  stream.on("test:summary", (summary) => {
    if (summary.file !== undefined) return;
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += summary.counts[key];
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
  for await (const text of shown.compose(spec)) process.stdout.write(text as string);
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
  const message = cause instanceof Error ? cause.message : String(cause);
  const lines = message.split("\n").slice(0, 30);
  return lines.map((line) => `      ${line.slice(0, 300)}`).join("\n");
}

/** Runs the units in a process of their own, so that one which spins stops nothing else; resolves to what it printed. */
function startUnits(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "portway-units-"));
  const report = join(folder, "report.json");
  const child = spawn(process.execPath, [import.meta.filename, "--units", report], { timeout: unitsLimitMs });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part) => (text += part));
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      if (existsSync(report)) {
        const units = JSON.parse(readFileSync(report, "utf8")) as Report;
        for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += units.totals[key];
        skipped.push(...units.skipped);
        failed.push(...units.failed);
      } else {
        failed.push(
          `units: ended with ${signal ?? code} before their end, after\n${text.split("\n").slice(-20).join("\n")}`,
        );
      }
      rmSync(folder, { recursive: true });
      resolve(text);
    });
  });
}

interface Report {
  readonly totals: typeof totals;
  readonly skipped: readonly string[];
  readonly failed: readonly string[];
}

async function runEndToEnd(files: readonly string[]): Promise<void> {
  for (const file of files) {
    console.log(`\n▶ ${file}`);
    await runFiles(run({ files: [file], isolation: "process", concurrency: 1, timeout: 300_000 }));
  }
}

function printSummary(): void {
  if (skipped.length > 0) console.log(`\nskipped:\n${skipped.map((line) => `  ${line}`).join("\n")}`);
  if (failed.length > 0) console.log(`\nfailed:\n${failed.map((line) => `  ${line}`).join("\n")}`);
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
  const files = globSync(["src/**/*.test.ts", "test/*.test.ts", "test/long/*.test.ts"]).sort();
  await runFiles(run({ files, isolation: "none", timeout: 900_000 }));
  writeFileSync(words[1]!, JSON.stringify({ totals, skipped, failed } satisfies Report));
  process.exit(0);
}
const units = words.length > 0 ? undefined : startUnits();
await runEndToEnd(words.length > 0 ? words : globSync("test/e2e/**/*.test.ts").sort());
if (units !== undefined) console.log(`\n▶ units\n${await units}`);
printSummary();
process.exit(failed.length + totals.cancelled > 0 || totals.tests === 0 ? 1 : 0);
