import assert from "node:assert/strict";
import { test } from "node:test";
import { runLua } from "../../../test/lua/run-lua.ts";

const line = (message: string, level = "info") =>
  `2026/01/31 23:59:59 [${level}] 4711#4711: *12 ${message}, client: 192.0.2.1, server: 0.0.0.0:443\n`;

interface Seen {
  readonly kind: string;
  readonly client: string;
}

/** An empty list is an empty table, which JSON says otherwise. */
function floodsIn(...lines: readonly string[]): Seen[] {
  const [seen] = runLua([{ module: "gateway.clients.floods", name: "floodsIn", args: [lines.join("")] }])[0]!;
  return Object.values(seen as Seen[]);
}
const kindsIn = (...lines: readonly string[]) => floodsIn(...lines).map(({ kind }) => kind);

test("each flood that nginx tells of is counted by its kind, also many of them", () => {
  const flood = line("http2 flood detected while processing HTTP/2 connection");
  assert.deepEqual(kindsIn(flood, line("client 192.0.2.1 closed keepalive connection"), flood), ["frames", "frames"]);
  const others = [
    "many PRIORITY frames",
    "many streams at once",
    "many refused streams",
    "large header",
    "large header field",
  ];
  assert.deepEqual(
    kindsIn(...others.map((what) => line(`client sent too ${what} while processing HTTP/2 connection`))),
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
    [],
  );
});

test("each is told with the address of its connection, where that has one", () => {
  const from = (client: string, message = "http2 flood detected while processing HTTP/2 connection") =>
    line(message).replace("192.0.2.1", client);
  const clients = floodsIn(
    from("198.51.100.7"),
    from("2001:db8::17"),
    from("unix:"),
    from("203.0.113.8", "client sent too many PRIORITY frames while processing HTTP/2 connection"),
    from("203.0.113.9", "client sent too large header field while processing HTTP/2 connection"),
  ).map(({ client }) => client);
  assert.deepEqual(clients, ["198.51.100.7", "2001:db8::17", "", "203.0.113.8", "203.0.113.9"]);
});
