import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gatewayBuild, openFilesLimit, readMachine } from "./machine.ts";

test("the hard limit of open files is read as the kernel writes it", () => {
  const limits = (hard: string) =>
    `Limit   Soft Limit  Hard Limit  Units\nMax open files            1024                 ${hard}              files\n`;
  assert.equal(openFilesLimit(limits("524288")), 524_288);
  assert.equal(openFilesLimit(limits("unlimited")), 1_048_576);
  assert.equal(openFilesLimit(""), 1024);
});

test("a machine has cores, memory and files", () => {
  const { cores, memoryBytes, openFilesLimit: files } = readMachine();
  assert.ok(cores >= 1 && memoryBytes > 2 ** 26 && files >= 64);
});

test("another gateway has another name, the same one the same", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "portway-build-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "a.lua"), "return 1");
  const first = gatewayBuild(folder);
  assert.equal(gatewayBuild(folder), first);
  writeFileSync(join(folder, "a.lua"), "return 2");
  assert.notEqual(gatewayBuild(folder), first);
});
