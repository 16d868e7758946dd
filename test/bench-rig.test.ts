import assert from "node:assert/strict";
import { test } from "node:test";
import { startPinned } from "../bench/rig.ts";
import { freePort } from "./lab/free-port.ts";

test("the rig starts many servers with one listener for the end of the process, and stops each", async () => {
  const before = process.listenerCount("exit");
  const server = (port: number) => [
    process.execPath,
    "-e",
    `require("node:net").createServer().listen(${port}, "127.0.0.1")`,
  ];
  const ports = [await freePort(), await freePort(), await freePort()];
  const running = await Promise.all(ports.map((port) => startPinned(0, server(port), port)));
  assert.equal(process.listenerCount("exit"), before);
  await Promise.all(running.map((one) => one.stop()));
  for (const { pid } of running) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});
