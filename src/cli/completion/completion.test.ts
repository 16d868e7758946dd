import assert from "node:assert/strict";
import { accessSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { exec } from "../../lib/exec.ts";
import { runCaptured } from "../harness.ts";

const scriptFor = async (shell: string) => (await runCaptured(["completion", shell])).out;

/** `{}` where the shell is installed, else the reason to skip. */
function needs(shell: string): { readonly skip?: string } {
  for (const folder of (process.env["PATH"] ?? "").split(":")) {
    try {
      accessSync(join(folder, shell));
      return {};
    } catch {}
  }
  return { skip: `${shell} is not installed` };
}

suite("completion", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    test(`for ${shell} is a script that ${shell} can read`, needs(shell), async () => {
      const ran = await exec(shell, shell === "fish" ? ["--no-execute"] : ["-n"], { input: await scriptFor(shell) });
      assert.deepEqual([ran.code, ran.stderr], [0, ""]);
    });
  }

  const offers: readonly (readonly [line: string, has: readonly string[], hasNot: readonly string[]])[] = [
    ["portway ", ["init", "status", "--json"], ["control", "create"]],
    ["portway st", ["status"], ["init"]],
    ["portway token ", ["create", "list", "revoke"], ["init"]],
    ["portway token create --", ["--expires", "--admin", "--json"], ["create"]],
    ["portway --json completion ", ["bash", "zsh", "fish"], []],
    ["portway token create --expires ", [], ["--admin"]],
  ];
  for (const [line, has, hasNot] of offers) {
    test(`in bash after "${line}" offers ${has.join(", ") || "nothing of its own"}`, async () => {
      const words = line.split(" ");
      const ask = `
        COMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}
        _portway; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const ran = await exec("bash", ["--norc"], { input: (await scriptFor("bash")) + ask });
      assert.equal(ran.stderr, "");
      const offered = new Set(ran.stdout.split("\n"));
      for (const word of has) assert.ok(offered.has(word), `${word} is offered`);
      for (const word of hasNot) assert.ok(!offered.has(word), `${word} is not offered`);
    });
  }
});
