import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nothingFollowed } from "../wire/follow.ts";
import { digestOf } from "../wire/objects.ts";
import { statePath } from "./files.ts";
import { nothingGuarded } from "./guard.ts";
import { forgetState, loadState, saveState } from "./state.ts";

const objects = { host: "{}" };
const followed = { revision: 7, objects, digest: digestOf(objects) };

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "portway-state-"));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the last state is there again after a restart, and gone when it is forgotten", () =>
  inFolder((folder) => {
    saveState(folder, { followed, guarded: { inForce: objects, missingSince: {} } });
    assert.deepEqual(loadState(folder), { followed, guarded: { inForce: objects, missingSince: {} } });
    forgetState(folder);
    assert.deepEqual(loadState(folder), { followed: nothingFollowed, guarded: nothingGuarded });
  }));

test("what is held stays held after a restart", () =>
  inFolder((folder) => {
    const held = { revision: 7, peers: ["a"], of: 1 };
    const guarded = { inForce: { host: "{}", "pair/a": "{}" }, held, missingSince: { a: 7 } };
    saveState(folder, { followed, guarded });
    assert.deepEqual(loadState(folder).guarded, guarded);
  }));

test("a state that is damaged is as good as none", () =>
  inFolder((folder) => {
    for (const text of ["", "{", JSON.stringify({ followed: { ...followed, digest: digestOf({}) } })]) {
      writeFileSync(statePath(folder), text);
      assert.deepEqual(loadState(folder).followed, nothingFollowed);
    }
  }));
