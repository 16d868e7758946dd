// Runs every test: units in one process, end-to-end ones each in its own, and ends with one summary in node's own form.
// Usage: node scripts/test.ts [FILE…]   (files: only these end-to-end tests)
import { globSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const chosen = process.argv.slice(2);
const units = chosen.length > 0 ? [] : globSync(["src/**/*.test.ts", "test/*.test.ts"]).sort();
const endToEnd = chosen.length > 0 ? chosen : globSync("test/e2e/**/*.test.ts").sort();

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

if (units.length > 0) await runFiles(run({ files: units, isolation: "none", timeout: 120_000 }));
for (const file of endToEnd) {
  console.log(`\n▶ ${file}`);
  await runFiles(run({ files: [file], isolation: "process", concurrency: 1, timeout: 300_000 }));
}

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
process.exit(failed.length + totals.cancelled > 0 || totals.tests === 0 ? 1 : 0);
