import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { trialKey, trialMs } from "../wire/mesh.ts";
import { digestOf, type Objects } from "../wire/objects.ts";
import { openInForce } from "./in-force.ts";
import { exampleMesh } from "./overlay/example.ts";
import { loadState } from "./state.ts";

const named = (name: string, more: Objects = {}) => {
  const objects = { host: JSON.stringify({ ...exampleMesh.host, name }), ...more };
  return { revision: 1, objects, digest: digestOf(objects) };
};

function inFolder(work: (it: ReturnType<typeof opened>) => void): void {
  const root = mkdtempSync(join(tmpdir(), "portway-in-force-"));
  try {
    work(opened(join(root, "agent")));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function opened(folder: string) {
  let now = 0;
  const told: string[] = [];
  const inForce = openInForce({
    ...{ folder, log: { warn() {}, error() {} }, clock: { monotonic: () => now } },
    onChange: () => told.push("change"),
    onTrouble: () => told.push("trouble"),
    onUndone: () => told.push("undone"),
  });
  return { inForce, folder, told, pass: (ms: number) => (now += ms), name: () => inForce.mesh()?.host.name };
}

describe("the state in force", () => {
  test("is so at once, and on disk as soon as that takes it", () =>
    inFolder(({ inForce, folder, told, name }) => {
      writeFileSync(folder, "in the way of the folder");
      inForce.take(named("edge-1"));
      assert.deepEqual([name(), told, inForce.saveAgain()], ["edge-1", ["change", "trouble"], false]);
      assert.match(inForce.failure()?.message ?? "", /EEXIST|ENOTDIR/);
      rmSync(folder);
      assert.deepEqual([inForce.saveAgain(), inForce.failure(), inForce.saveAgain()], [true, undefined, false]);
      assert.deepEqual(loadState(folder), inForce.state());
      inForce.take(named("edge-2"));
      assert.deepEqual(told.slice(2), ["change"]);
    }));

  test("gives way to the one before it when nobody confirmed it in time", () =>
    inFolder(({ inForce, folder, told, name, pass }) => {
      inForce.take(named("edge-1"));
      inForce.take(named("edge-2", { [trialKey]: "{}" }));
      inForce.endTrial();
      assert.deepEqual([name(), told], ["edge-2", ["change", "change"]]);
      pass(trialMs);
      inForce.endTrial();
      assert.deepEqual([name(), told.slice(2)], ["edge-1", ["undone", "change"]]);
      assert.deepEqual(loadState(folder), inForce.state());
    }));
});
