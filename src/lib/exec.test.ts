import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { exec } from "./exec.ts";

const shell = (line: string, timeoutMs = 20_000) => exec("sh", ["-c", line], { apart: true, timeoutMs });
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a program that is somebody else's", () => {
  test("is killed with all that it started when its time is over", async () => {
    const ran = await shell("sleep 300 & echo $!; sleep 301; true", 1_000);
    assert.equal(ran.timedOut, true);
    for (let tries = 0; isAlive(Number(ran.stdout)) && tries < 100; tries++) await sleep(50);
    assert.equal(isAlive(Number(ran.stdout)), false);
  });

  test("is heard at its beginning, however much it says", async () => {
    const ran = await shell("echo first; yes | head -c 20000000; echo wrong >&2; exit 4");
    assert.deepEqual([ran.code, ran.stdout.slice(0, 8), ran.stderr], [4, "first\ny\n", "wrong\n"]);
    assert.ok(ran.stdout.length <= 16 * 1024);
  });

  test("has ended when it has, whatever it left running", async () => {
    const ran = await shell("sleep 302 & echo $!", 20_000);
    assert.deepEqual([ran.code, ran.timedOut, isAlive(Number(ran.stdout))], [0, undefined, true]);
    process.kill(Number(ran.stdout), "SIGKILL");
  });

  test("that cannot be started, or ends by a signal, is told as such", async () => {
    const missing = await exec("/no/such/program", [], { apart: true });
    assert.deepEqual([missing.code, /ENOENT/.test(missing.stderr)], [-1, true]);
    const ended = await shell("kill -TERM $$");
    assert.deepEqual([ended.code, ended.stderr], [-1, "ended by SIGTERM"]);
  });
});
