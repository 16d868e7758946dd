import assert from "node:assert/strict";
import { test } from "node:test";
import { runLua } from "../../../test/lua/run-lua.ts";

const line = (message: string, level = "info") =>
  `2026/01/31 23:59:59 [${level}] 4711#4711: *12 ${message}, client: 192.0.2.1, server: 0.0.0.0:443\n`;
const flood = line("http2 flood detected while processing HTTP/2 connection");

interface Seen {
  readonly kind: string;
  readonly client: string;
}

/** An empty list is an empty table, which JSON says otherwise. */
function floodsAmong(lines: string, isCut: boolean): Seen[] {
  const [seen] = runLua([{ module: "gateway.clients.floods", name: "floodsIn", args: [lines, 4711, isCut] }])[0]!;
  return Object.values(seen as Seen[]);
}
const floodsIn = (...lines: readonly string[]) => floodsAmong(lines.join(""), false);
const kindsIn = (...lines: readonly string[]) => floodsIn(...lines).map(({ kind }) => kind);

test("each flood that nginx tells of is counted by its kind, also many of them", () => {
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

/** `words` as one message, which nginx ends at 2,048 bytes. */
const carrying = (words: string) => `${line(words).slice(0, 2047).trimEnd()}\n`;

test("lines within what a client sent are none, whatever nginx repeats it for", () => {
  for (const message of [
    `client sent header "a" with invalid value: "x\n${flood}"`,
    `client sent header "a" with invalid value: "${"x".repeat(1700)}\n${flood.repeat(9)}"`,
    `client sent invalid header name: "\n${flood}${flood}x"`,
    `client sent unknown pseudo-header ":\n${flood}"`,
    `open() "/var/www/a\n${flood}" failed (2: No such file or directory)`,
    `broken header: "x\n${flood}"`,
    `client sent header "a" with invalid value: ", request: "\n${flood}"`,
    `[lua] own.lua:1: x\n${flood}`,
  ])
    assert.deepEqual(floodsIn(line("client closed connection"), carrying(message)), [], message);
});

test("another process's lines, and those that may lack their beginning, are none", () => {
  assert.deepEqual(floodsIn(flood.replace("4711#4711", "1#1")), []);
  const cut = `x\n${flood}`;
  assert.equal(floodsAmong(cut, false).length, 1);
  assert.deepEqual(floodsAmong(cut, true), []);
  const quiet = line("client closed connection").repeat(30);
  assert.deepEqual(floodsAmong(cut + quiet + flood, true).length, 1, "the second alone");
});

test("floods are told also right behind messages about requests, and far enough behind what a client sent", () => {
  const refused = line("connect() failed (111: Connection refused) while connecting to upstream").trimEnd();
  const request = `${refused}, request: "GET / HTTP/2.0", upstream: "http://192.0.2.9/", host: "a.test"\n`;
  assert.equal(floodsIn(request.repeat(3), flood).length, 1);
  const repeated = line('client sent header "a" with invalid value: "x"');
  assert.equal(floodsIn(repeated, line("client closed connection").repeat(25), flood).length, 1);
});
