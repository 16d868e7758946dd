import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
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
  const ended = "control has ended the connection, or is gone\n";
  assert.equal(piped.err, ended);
  assert.deepEqual(await events(true, "--json"), { status: 1, out: `${event}\n`, err: ended });
});

test("events that are followed go on when control is started anew, and say so", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "portway-events-"));
  const socket = join(folder, "control.sock");
  context.after(() => rmSync(folder, { recursive: true }));
  const serve = (kind: string, then: (answer: ServerResponse) => void) => {
    const event = JSON.stringify({ at: "2026-11-21T10:00:00Z", kind, text: "api-1" });
    const control = createServer((_, answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write(`data: ${event}\n\n`, () => setImmediate(then, answer));
    }).listen(socket);
    const close = () => {
      control.close();
      control.closeAllConnections();
    };
    context.after(close);
    return close;
  };
  const interrupt = new AbortController();
  const closeFirst = serve("first", (answer) => {
    answer.destroy(); // as of a control that is killed
    closeFirst();
    rmSync(socket, { force: true });
    setTimeout(() => serve("second", () => setTimeout(() => interrupt.abort(), 300)), 300);
  });
  const words = ["events", "--follow", "--run-dir", folder];
  const { status, out, err } = await runCaptured(words, { env: { NO_COLOR: "1" }, stop: interrupt.signal });
  assert.match(out, /^\S+ {2}first {2}api-1\n\S+ {2}second {2}api-1\n$/);
  assert.match(err, /ended the connection; trying until it answers\nconnected again; .*`portway audit`\n$/);
  assert.equal(status, 0);
});
