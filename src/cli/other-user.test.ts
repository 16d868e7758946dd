import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Ran, runCaptured } from "./harness.ts";

const nobody = 65_534;

/** Runs command lines as a user whom no file belongs to; what they load has to be loaded before. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid!() === 0;
  if (isRoot) process.seteuid!(nobody);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

test("a user who may not use root's socket, logs or file is told so, and not that there are none", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "portway-user-"));
  const [shut, file] = [join(folder, "shut"), join(folder, "portway.yaml")];
  t.after(() => {
    chmodSync(shut, 0o700);
    rmSync(folder, { recursive: true });
  });
  mkdirSync(shut);
  chmodSync(folder, 0o755);
  writeFileSync(file, "version: 1\n");
  const places = ["--run-dir", join(shut, "run"), "--state-dir", join(shut, "state")];
  const commands = [["status"], ["token", "create"], ["logs"], ["validate", file]];
  const run = (words: readonly string[]) => runCaptured([...words, ...places]);
  const before: Ran[] = [];
  for (const words of commands) before.push(await run(words));
  assert.match(before[0]!.err, /no control answers/);
  assert.match(before[2]!.err, /there are no logs/);

  chmodSync(shut, 0o000);
  chmodSync(file, 0o000);
  await asNobody(async () => {
    for (const words of commands) {
      const { status, err } = await run(words);
      assert.match(err, /^portway: this user may not use \S+\n {2}as root: sudo portway …\n$/, words.join(" "));
      assert.equal(status, 1);
    }
  });
});
