// Pages that are made from tables, or that must hold every row of one.
import assert from "node:assert/strict";
import { globSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { loadTree } from "../src/cli/command-tree.ts";
import { cliPage } from "../src/cli/reference.ts";
import { compile } from "../src/plan/compile.ts";
import { parseSpec } from "../src/spec/parse.ts";
import { filePage } from "../src/spec/reference.ts";
import { errorStatus } from "../src/wire/errors.ts";
import { joined } from "./plan/spec.ts";

const page = (name: string) => readFileSync(join(import.meta.dirname, "../docs", name), "utf8");

test("docs/cli.md is what the table of commands says: node src/cli/reference-page.ts", async () => {
  assert.equal(page("cli.md"), cliPage(await loadTree({ hidden: true })));
});

test("docs/file.md is what the schema says: node scripts/file-page.ts", () => {
  assert.ok(page("file.md") === filePage(), "it is not: node scripts/file-page.ts");
});

for (const folder of ["gateway", "network"])
  test(`docs/${folder}/README.md leads to every page beside it`, () => {
    const index = page(`${folder}/README.md`);
    const pages = globSync("*.md", { cwd: join(import.meta.dirname, "../docs", folder) });
    assert.deepEqual(
      pages.filter((name) => name !== "README.md" && !index.includes(`](${name})`)),
      [],
    );
  });

test("docs/errors.md explains every error code with its HTTP status, and no other", () => {
  const rows = page("errors.md").matchAll(/^\| `(\w+)` \| (\d{3}) \| [^|]{20,} \| [^|]{10,} \|$/gm);
  const explained = Object.fromEntries([...rows].map(([, code, status]) => [code, Number(status)]));
  assert.deepEqual(explained, { ...errorStatus });
});

test("docs/features.md names files that are there, and tests that are in them", () => {
  const root = join(import.meta.dirname, "..");
  for (const row of page("features.md").match(/^\|.*\|$/gm)!) {
    const files = [...row.matchAll(/`((?:src|test|bench|scripts|docs|bin|\.ci)\/[^`]+)`/g)].flatMap(([, pattern]) => {
      const found = globSync(pattern!, { cwd: root });
      assert.notEqual(found.length, 0, pattern!);
      return found.map((file) => join(root, file)).filter((file) => statSync(file).isFile());
    });
    const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
    for (const [, name] of row.matchAll(/"([^"]+)"/g)) {
      const pattern = name!.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      assert.match(text, new RegExp(pattern.join(".*")), row);
    }
  }
});

const root = join(import.meta.dirname, "..");
const features = globSync(join(root, "docs/{gateway,network}/*.md")).filter((file) => !file.endsWith("README.md"));

for (const file of [
  join(root, "README.md"),
  join(root, "docs/access.md"),
  join(root, "docs/jwt.md"),
  join(root, "docs/membership.md"),
  ...features.sort(),
]) {
  test(`the examples of ${relative(root, file)} are files that can be applied`, () => {
    const examples = [...readFileSync(file, "utf8").matchAll(/^```yaml\n(version: 1\n.*?)^```$/gms)].map(
      ([, text]) => text!,
    );
    assert.notEqual(examples.length, 0);
    for (const example of examples) {
      const { spec, issues } = parseSpec(example);
      assert.deepEqual(issues, []);
      assert.ok(Object.keys(compile(spec!, joined(Object.keys(spec!.hosts))).hosts).length > 0);
    }
  });
}
