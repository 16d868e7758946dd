import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Exec, Ran } from "../../lib/exec.ts";
import { firewallPath } from "../files.ts";
import { firewallHolds, loadFirewall, normalised, printedFirewall } from "./firewall.ts";

test("a table prints the same whatever its handles and the order of its elements", () => {
  const table = (handle: number, ...elem: unknown[]) => ({
    nftables: [
      { metainfo: { version: handle } },
      { set: { name: "pairs4", handle, elem } },
      { rule: { handle, expr: [1, 2] } },
    ],
  });
  const [a, b] = [{ concat: ["10.77.0.2", "10.77.0.3"] }, { concat: ["10.77.0.3", "10.77.0.2"] }];
  assert.deepEqual(normalised(table(1, a, b)), normalised(table(7, b, a)));
  assert.notDeepEqual(normalised(table(1, a, b)), normalised(table(1, a)));
  const counted = (packets: number) => ({ elem: { val: "10.77.0.2", counter: { packets, bytes: packets } } });
  assert.deepEqual(normalised(table(1, counted(1))), normalised(table(1, counted(2))));
});

/** A kernel with a table, and an nft that makes and prints it. */
function openKernel() {
  const folder = mkdtempSync(join(tmpdir(), "portway-firewall-"));
  const table = { rules: "", mark: "" };
  let isHanging = false;
  const ran = (stdout: string): Ran => ({ code: 0, stdout, stderr: "" });
  const exec: Exec = (_, [option], { input = "" } = {}) => {
    if (option === "-f") {
      table.rules += input;
      table.mark = /add chain inet portway (\S+)/.exec(input)?.[1] ?? table.mark;
      return Promise.resolve(ran(""));
    }
    if (isHanging) return Promise.resolve({ ...ran(""), code: -1, timedOut: true });
    return Promise.resolve(ran(JSON.stringify({ nftables: [{ chain: { name: table.mark } }, { rule: table.rules }] })));
  };
  return {
    table,
    load: (text: string) => loadFirewall({ exec, announce: () => {}, folder }, text),
    /** nft does its work and says nothing any more after it, as far as an agent that dies can tell. */
    dieLoading: async (text: string) => {
      const printed = await printedFirewall(exec);
      const dying: Exec = (file, args, options) => {
        const answer = exec(file, args, options);
        isHanging ||= args[0] === "-f";
        return answer;
      };
      assert.ok(printed);
      await assert.rejects(loadFirewall({ exec: dying, announce: () => {}, folder }, text), /nft/);
      isHanging = false;
    },
    /** nft takes nothing. */
    refuse: async (text: string) => {
      const refusing: Exec = async (file, args, options) =>
        args[0] === "-f" ? { code: 1, stdout: "", stderr: "nft: busy" } : exec(file, args, options);
      await assert.rejects(loadFirewall({ exec: refusing, announce: () => {}, folder }, text), /busy/);
    },
    /** Its file cannot be written from now on. */
    block: () => mkdirSync(`${firewallPath(folder)}.${process.pid}.tmp`),
    holds: async (text: string) => firewallHolds(folder, await printedFirewall(exec))(text),
    close: () => rmSync(folder, { recursive: true }),
  };
}

test("it holds while the text and what is printed are those of the last load, also for the next agent", async () => {
  const { table, load, holds, close } = openKernel();
  try {
    assert.ok(!(await holds("text")));
    await load("text");
    assert.ok(await holds("text"));
    assert.ok(!(await holds("another text")));
    table.rules += "by hand";
    assert.ok(!(await holds("text")));
  } finally {
    close();
  }
});

test("a table that was changed by hand does not hold after a repair that was not taken", async () => {
  const { table, load, refuse, holds, close } = openKernel();
  try {
    await load("text");
    table.rules += "by hand";
    await refuse("text");
    assert.ok(!(await holds("text")));
  } finally {
    close();
  }
});

test("a table is loaded where nothing can be remembered of it, and that is told", async () => {
  const { table, load, block, close } = openKernel();
  try {
    block();
    await assert.rejects(load("text"), /EISDIR/);
    assert.match(table.rules, /text/);
  } finally {
    close();
  }
});

test("an agent that dies before it has seen what it loaded leaves a table that the next one knows", async () => {
  const { table, load, dieLoading, holds, close } = openKernel();
  try {
    await load("text");
    await dieLoading("next");
    assert.ok(!(await holds("text")));
    assert.ok(await holds("next"));
    table.rules += "by hand";
    assert.ok(!(await holds("next")), "what was printed when it was found is what counts from then on");
  } finally {
    close();
  }
});
