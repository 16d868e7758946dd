import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, suite, test } from "node:test";
import type { Exec } from "../lib/exec.ts";
import { pathsFrom } from "../lib/paths.ts";
import { contextFrom } from "./context.ts";
import { endPrograms, forget } from "./end-programs.ts";
import { openSystemd, type SystemdParts, unitsInstalled } from "./systemd.ts";

suite("on a machine whose units keep Portway running", () => {
  let root: string;
  let commands: string[];
  let parts: SystemdParts;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "portway-end-"));
    mkdirSync(join(root, "run/systemd/system"), { recursive: true });
    const exec: Exec = async (file, args) => {
      commands.push([file, ...args].join(" "));
      return { code: 0, stdout: "", stderr: "" };
    };
    parts = { exec, announce: () => {}, root, launcher: "/opt/portway/bin/portway" };
    commands = [];
    await openSystemd(pathsFrom({}, {}), parts).keep({ name: "agent", words: [] });
    commands = [];
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const contextOf = (options: { stateDir?: string; runDir?: string }) => {
    const quiet = () => {};
    const terminal = { out: quiet, err: quiet, outIsTerminal: false, inIsTerminal: false, width: 80, env: {} };
    return contextFrom(options, terminal, new AbortController().signal);
  };

  test("an installation in places of its own ends without them, and takes only its own files away", async () => {
    for (const options of [
      { stateDir: join(root, "private"), runDir: join(root, "private-run") },
      { runDir: join(root, "private-run") },
      { stateDir: join(root, "private"), runDir: join(root, "other-run") },
    ]) {
      const context = contextOf(options);
      const folder = join(root, "private/agent");
      mkdirSync(folder, { recursive: true });
      await endPrograms(context, parts);
      assert.equal(await forget(context, [folder], parts), "nothing of Portway is left here but the program");
      assert.deepEqual([commands, unitsInstalled(root), existsSync(folder)], [[], true, false]);
    }
  });

  test("the usual installation, however its places are written, ends with them", async () => {
    const context = contextOf({ stateDir: "/var/lib/portway/", runDir: "/run/../run/portway" });
    await endPrograms(context, parts);
    assert.deepEqual(commands, ["systemctl disable --now portway-agent.service"]);
    const rest = await forget(context, [], parts);
    assert.match(
      rest,
      /but the program, and the users and groups .*: portway, portway-host, portway-agent, portway-edge$/,
    );
    assert.equal(unitsInstalled(root), false);
  });
});
