// Pages that are made from tables, or that must hold every row of one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadTree } from "../src/cli/command-tree.ts";
import { cliPage } from "../src/cli/reference.ts";
import { errorStatus } from "../src/wire/errors.ts";

const page = (name: string) => readFileSync(join(import.meta.dirname, "../docs", name), "utf8");

test("docs/cli.md is what the table of commands says: node src/cli/reference-page.ts", async () => {
  assert.equal(page("cli.md"), cliPage(await loadTree({ hidden: true })));
});

test("docs/errors.md explains every error code with its HTTP status, and no other", () => {
  const rows = page("errors.md").matchAll(/^\| `(\w+)` \| (\d{3}) \| [^|]{20,} \| [^|]{10,} \|$/gm);
  const explained = Object.fromEntries([...rows].map(([, code, status]) => [code, Number(status)]));
  assert.deepEqual(explained, { ...errorStatus });
});
