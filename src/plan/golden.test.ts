import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { joined } from "../../test/plan/spec.ts";
import { parseSpec } from "../spec/parse.ts";
import type { Spec } from "../spec/types.ts";
import type { Objects } from "../wire/objects.ts";
import { compile } from "./compile.ts";
import type { Compiled } from "./compiled.ts";
import type { Observed } from "./observed.ts";

const folder = new URL("../../test/golden/plan/", import.meta.url).pathname;

// Each NAME.yaml is compiled to NAME.json; all its hosts have joined unless NAME.observed.json says otherwise.
// PORTWAY_GOLDEN=write node --test src/plan/golden.test.ts writes what is missing or changed: read the diff.
describe("the desired state of", () => {
  for (const file of globSync(`${folder}*.yaml`).sort()) {
    test(`${basename(file, ".yaml")} is as it was read and agreed`, () => {
      const spec = specIn(file);
      const text = print(compile(spec, observedFor(file, spec)));
      const expected = file.replace(/yaml$/, "json");
      if (process.env["PORTWAY_GOLDEN"] === "write") writeFileSync(expected, text);
      assert.equal(text, existsSync(expected) ? readFileSync(expected, "utf8") : "");
    });
  }
});

function specIn(file: string): Spec {
  const { spec, issues } = parseSpec(readFileSync(file, "utf8"));
  assert.ok(spec, JSON.stringify(issues, null, 2));
  return spec;
}

function observedFor(file: string, spec: Spec): Observed {
  const beside = file.replace(/yaml$/, "observed.json");
  return existsSync(beside) ? (JSON.parse(readFileSync(beside, "utf8")) as Observed) : joined(Object.keys(spec.hosts));
}

/** JSON with a line for each object. */
function print({ addresses, hosts, warnings }: Compiled): string {
  const record = (entries: readonly (readonly [string, string])[], indent: string) =>
    `{\n${entries.map(([key, text]) => `${indent}  ${JSON.stringify(key)}: ${text}`).join(",\n")}\n${indent}}`;
  const objects = (of: Objects) => record(Object.entries(of).sort(), "      ");
  const host = ({ mesh, edge }: Compiled["hosts"][string]) =>
    record(
      [
        ["mesh", objects(mesh)],
        ["edge", edge ? objects(edge) : "null"],
      ],
      "    ",
    );
  const sections = [
    [
      "addresses",
      record(
        Object.entries(addresses).map(([name, given]) => [name, JSON.stringify(given)]),
        "  ",
      ),
    ],
    [
      "hosts",
      record(
        Object.entries(hosts).map(([name, state]) => [name, host(state)]),
        "  ",
      ),
    ],
    ["warnings", JSON.stringify(warnings, null, 2).replaceAll("\n", "\n  ")],
  ] as const;
  return `${record(sections, "")}\n`;
}
