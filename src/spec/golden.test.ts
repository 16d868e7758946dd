import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { parseSpec } from "./parse.ts";

const folder = new URL("../../test/golden/spec/", import.meta.url).pathname;

// Each NAME.yaml has its issues in NAME.issues.txt and, when it is valid, its Spec in NAME.spec.json.
// PORTWAY_GOLDEN=write node --test src/spec/golden.test.ts writes what is missing or changed: read the diff.
describe("what is said of", () => {
  for (const file of globSync(`${folder}*.yaml`).sort()) {
    test(`${basename(file)} is as it was read and agreed`, () => {
      const { spec, issues } = parseSpec(readFileSync(file));
      const lines = issues.map(({ line, column, severity, code, path, message, hint }) => {
        return `${basename(file)}:${line}:${column}: ${severity}: ${message}\n    ${hint}\n    (${[code, path].filter(Boolean).join(" ")})\n`;
      });
      expect(file.replace(/yaml$/, "issues.txt"), lines.join(""));
      expect(file.replace(/yaml$/, "spec.json"), spec ? `${JSON.stringify(spec, null, 2)}\n` : "");
    });
  }
});

function expect(file: string, text: string): void {
  if (process.env["PORTWAY_GOLDEN"] === "write" && text !== "") writeFileSync(file, text);
  assert.equal(text, existsSync(file) ? readFileSync(file, "utf8") : "");
}
