import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Exec, Ran } from "../../lib/exec.ts";
import { pathsFrom } from "../../lib/paths.ts";
import type { HooksObject, MeshState } from "../../wire/mesh.ts";
import { exampleMesh } from "../overlay/example.ts";
import { asAgent } from "./commands.ts";
import { createHooks } from "./hooks.ts";
import { undoHooks } from "./undo.ts";

const up = [["up", "%i"], ["more"]];
const hooks: HooksObject = { up, down: [["down", "on-%i"], ["last"]], timeoutMs: 2_000 };
const withHooks = (wanted: HooksObject = hooks): MeshState => ({ ...exampleMesh, hooks: wanted });

describe("a host's own commands", () => {
  let folder: string;
  let ran: string[];
  let answers: Map<string, Ran>;
  let allowed: boolean;
  let boot: string;
  const exec: Exec = async (file, args, options) => {
    assert.equal(options?.timeoutMs, 2_000);
    ran.push([file, ...args].join(" "));
    return answers.get(file) ?? { code: 0, stdout: "", stderr: "" };
  };
  const told: (string | undefined)[] = [];
  const open = () =>
    createHooks({
      ...{ folder, exec, isAllowed: () => allowed, boot: () => boot },
      log: { info() {}, error() {} },
      onChange: (failure) => told.push(failure?.reason),
    });
  const settled = async (mesh: MeshState, index = 7, hooks = open()) => {
    hooks.settle(mesh, index);
    await setImmediate(); // commands here end at once
    return hooks.warnings().map(({ code, text }) => `${code} ${text}`);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portway-hooks-"));
    [ran, answers, allowed, boot] = [[], new Map(), true, "one"];
    told.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("are run in order, once, whoever asks how often", async () => {
    assert.deepEqual(await settled(withHooks()), []);
    assert.deepEqual(await settled(withHooks()), []);
    assert.deepEqual(ran, ["up pw0", "more"]);
  });

  test("are not run where the host allows none, which is told, and not undone either", async () => {
    await settled(withHooks());
    allowed = false;
    assert.match((await settled(withHooks({ ...hooks, up: [["other"]] })))[0]!, /^hooksRefused it runs no commands/);
    await settled(exampleMesh);
    assert.deepEqual(ran, ["up pw0", "more"]);
  });

  test("are undone before others take their place, and when none do", async () => {
    await settled(withHooks());
    await settled(withHooks({ ...hooks, up: [["other"]] }));
    await settled(exampleMesh);
    await settled(exampleMesh);
    const down = ["down on-pw0", "last"];
    assert.deepEqual(ran, ["up pw0", "more", ...down, "other", ...down]);
  });

  test("are undone and run again for an interface that was made anew, and run again alone after a boot", async () => {
    await settled(withHooks());
    await settled(withHooks(), 8);
    boot = "two";
    await settled(withHooks(), 8);
    const all = ["up pw0", "more"];
    assert.deepEqual(ran, [...all, "down on-pw0", "last", ...all, ...all]);
  });

  test("end with the first that fails, which is told and not tried again; all that undo are run", async () => {
    answers.set("up", { code: 3, stdout: "", stderr: "no such thing\n" });
    answers.set("down", { code: -1, stdout: "", stderr: "", timedOut: true });
    assert.deepEqual(await settled(withHooks()), [
      "hookFailed its command `up pw0` (hooks, up) failed: exit 3: no such thing",
    ]);
    await settled(withHooks());
    assert.deepEqual(await settled(exampleMesh), [
      "hookFailed its command `down on-pw0` (hooks, down) failed: took longer than 2 s",
    ]);
    assert.deepEqual(ran, ["up pw0", "down on-pw0", "last"]);
    assert.deepEqual(told, ["exit 3: no such thing", "took longer than 2 s"]);
  });

  test("do not go on once the agent ends", async () => {
    const one = open();
    one.settle(withHooks(), 7);
    await one.close();
    one.settle(withHooks({ ...hooks, up: [["other"]] }), 7);
    assert.deepEqual(ran, ["up pw0"]);
    await settled(exampleMesh);
    assert.deepEqual(ran.slice(1), ["down on-pw0", "last"], "and what was begun is undone");
  });

  test("are undone without an agent, if the host still allows commands", async () => {
    const paths = { ...pathsFrom({ stateDir: folder }), agent: folder, allowHooks: folder };
    const announced: string[] = [];
    const undo = (allowHooks: string) =>
      undoHooks({ paths: { ...paths, allowHooks }, exec, announce: (text) => announced.push(text) });
    boot = (await import("./record.ts")).bootNow();
    await settled(withHooks());
    answers.set("down", { code: 1, stdout: "", stderr: "gone" });
    await undo(folder);
    await undo(folder);
    assert.deepEqual(ran.slice(2), ["down on-pw0", "last"]);
    assert.deepEqual(announced, ["down on-pw0", "last", "# down on-pw0: exit 1: gone"]);
    await settled(withHooks());
    await undo(join(folder, "missing"));
    assert.equal(ran.length, 6);
  });

  test("have no more rights than the agent has, whoever takes the host out", () => {
    assert.deepEqual(asAgent({ uid: 5, gid: 6 }, ["id"]).slice(0, 4), [
      "setpriv",
      "--reuid=5",
      "--regid=6",
      "--clear-groups",
    ]);
  });
});
