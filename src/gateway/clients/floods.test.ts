import assert from "node:assert/strict";
import { test } from "node:test";
import { runLua } from "../../../test/lua/run-lua.ts";

const line = (message: string, level = "info") =>
  `2026/01/31 23:59:59 [${level}] 4711#4711: *12 ${message}, client: 192.0.2.1, server: 0.0.0.0:443\n`;

function floodsIn(...lines: readonly string[]): unknown {
  return runLua([{ module: "gateway.clients.floods", name: "floodsIn", args: [lines.join("")] }])[0]![0];
}

test("each flood that nginx tells of is counted by its kind, also many of them", () => {
  const flood = line("http2 flood detected while processing HTTP/2 connection");
  assert.deepEqual(floodsIn(flood, line("client 192.0.2.1 closed keepalive connection"), flood), ["frames", "frames"]);
  const others = [
    "many PRIORITY frames",
    "many streams at once",
    "many refused streams",
    "large header",
    "large header field",
  ];
  assert.deepEqual(
    floodsIn(...others.map((what) => line(`client sent too ${what} while processing HTTP/2 connection`))),
    ["priorities", "streams", "streams", "headers", "headers"],
  );
});

test("the same words in what a client sent are none", () => {
  const words = "http2 flood detected";
  const forged = line(words).trimEnd();
  assert.deepEqual(
    floodsIn(
      line(`client closed connection, request: "GET /${words} HTTP/1.1", referrer: "${forged}"`),
      line(`x ${words}`),
      line(words, "error"),
      line(words).slice(30),
    ),
    {},
  );
});
