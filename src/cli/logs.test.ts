import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, suite, test } from "node:test";
import { runCaptured } from "./harness.ts";

const record = (program: string, second: number) =>
  JSON.stringify({ level: "info", time: `2026-11-21T10:00:0${second}.000Z`, program, msg: `at ${second}` });
const ofStream = "2026/11/21 10:00:00 [error] 8#8: *1 connect() failed";
const ofNginx = '2026/11/21 10:00:00 [notice] 7#7: "start"';

suite("logs of programs in the foreground", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portway-logs-"));
    const files = {
      "logs/agent.log": [record("agent", 1), record("agent", 4), "portway: last words"],
      "logs/edge.log": [record("edge", 2)],
      "edge/logs/error.log": [ofNginx],
      "edge/logs/stream-error.log": [ofStream],
    };
    for (const [file, lines] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), lines.map((line) => `${line}\n`).join(""));
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const logs = async (...words: string[]) => {
    const { status, out } = await runCaptured(["logs", "--state-dir", folder, ...words]);
    return { status, lines: out.split("\n").slice(0, -1) };
  };

  test("are JSON objects all with --json, and text says which program wrote it", async () => {
    const { status, lines } = await logs("--json");
    assert.equal(status, 0);
    assert.deepEqual(lines, [
      ...[record("agent", 1), record("edge", 2), JSON.stringify({ program: "nginx", text: ofNginx })],
      JSON.stringify({ program: "stream", text: ofStream }),
      ...[record("agent", 4), JSON.stringify({ program: "agent", text: "portway: last words" })],
    ]);
    assert.deepEqual((await logs("nginx", "--json")).lines, [JSON.stringify({ program: "nginx", text: ofNginx })]);
  });

  test("are as they were written for people, and so many of each program as were asked for", async () => {
    assert.deepEqual((await logs("nginx")).lines, [ofNginx]);
    assert.deepEqual((await logs("stream")).lines, [ofStream]);
    const { lines } = await logs("-n", "1", "--json");
    assert.equal(lines.length, 4);
  });
});
