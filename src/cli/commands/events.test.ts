import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runCaptured } from "../harness.ts";

test("events says on a terminal that it is connected; a pipe gets only what happens", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "portway-events-"));
  const event = JSON.stringify({ at: "2026-11-21T10:00:00Z", kind: "hostOnline", text: "api-1 is online" });
  const control = createServer((_, answer) => {
    answer.writeHead(200, { "content-type": "text/event-stream" }).end(`data: ${event}\n\n`);
  }).listen(join(folder, "control.sock"));
  context.after(() => {
    control.close();
    rmSync(folder, { recursive: true });
  });
  const events = (terminal: boolean, ...words: string[]) =>
    runCaptured(["events", "--run-dir", folder, ...words], { terminal, env: { NO_COLOR: "1" } });
  const shown = /^\S+ {2}hostOnline {2}api-1 is online\n$/;

  const seen = await events(true);
  assert.match(seen.err, /^connected to control/);
  assert.match(seen.out, shown);
  const piped = await events(false);
  assert.match(piped.out, shown);
  assert.equal(piped.err, "");
  assert.deepEqual(await events(true, "--json"), { status: 1, out: `${event}\n`, err: "" });
});
