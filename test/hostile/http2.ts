// HTTP/2 requests that would mean something else in HTTP/1.1 (RFC 9113 sections 8.2 and 10.3), and frames in the wrong place.
import { forwarded, type Outcome, refused } from "./case.ts";
import { block, endHeaders, endStream, type Field, frame, hello, integer, types } from "./frames.ts";

/** `reset`: the stream is, or the connection ended with GOAWAY, and nothing is forwarded. */
export type Http2Outcome = Outcome | { readonly kind: "reset" };

export interface Http2Case {
  readonly name: string;
  readonly bytes: string;
  readonly outcome: Http2Outcome;
}

const reset: Http2Outcome = { kind: "reset" };
const is400 = refused(400);
/** What would end a line of HTTP/1.1 never gets as far as an answer. */
const unlessLine = (value: string) => (/[\r\n\0]/.test(value) ? reset : is400);
const pseudo: readonly Field[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/"],
  [":authority", "a.test"],
];
const without = (name: string) => pseudo.filter(([known]) => known !== name);
const instead = (name: string, value: string) =>
  pseudo.map(([known, old]): Field => [known, known === name ? value : old]);
const posts = instead(":method", "POST");

const head = (fields: readonly Field[], flags = endStream) =>
  hello + frame(types.headers, endHeaders | flags, 1, block(fields));
const data = (text: string, flags = endStream) => frame(types.data, flags, 1, text);
const row = (name: string, bytes: string, outcome: Http2Outcome): Http2Case => ({ name, bytes, outcome });
const plus =
  (name: string, ...more: readonly Field[]) =>
  (outcome: Http2Outcome) =>
    row(name, head([...pseudo, ...more]), outcome);
const root = forwarded("GET /");
const five = forwarded("POST /", ["Content-Length: 5"], "hello");

const fields: readonly Http2Case[] = [
  row("a plain request", head(pseudo), root),
  ...[
    "\r\n",
    "\n",
    "\r",
    "\0",
    "a\r\nTransfer-Encoding: chunked",
    "a\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "a\nb",
    "a\0b",
  ].map((value) => plus(`a value of ${JSON.stringify(value)}`, ["a", value])(reset)),
  ...["A", "tRansfer-encoding", "a b", "a:", "a\r\nb", "a\nb", "a\0b", "a\rb", " a", "a ", "\x01", "a\x7f"].map(
    (name) => plus(`a name of ${JSON.stringify(name)}`, [name, "b"])(reset),
  ),
  ...["a_b", "a.b", "a(b", "\xc3\xa9"].map((name) =>
    plus(`a name of ${JSON.stringify(name)} is dropped`, [name, "b"])(root),
  ),
  plus("Transfer-Encoding: chunked is no body", ["transfer-encoding", "chunked"])(
    forwarded("GET /", ["Content-Length: 0"]),
  ),
  plus("Transfer-Encoding: identity", ["transfer-encoding", "identity"])(refused(501)),
  plus("Connection", ["connection", "keep-alive"])(root),
  plus("Connection that names a header", ["connection", "x-forwarded-for"])(root),
  plus("Upgrade", ["upgrade", "h2c"])(root),
  plus("Keep-Alive", ["keep-alive", "a"])(root),
  plus("Proxy-Connection", ["proxy-connection", "a"])(root),
  plus("TE", ["te", "trailers"])(root),
  plus("HTTP2-Settings", ["http2-settings", "AAMAAABk"])(forwarded("GET /", ["http2-settings: AAMAAABk"])),
  plus("X-Forwarded-For", ["x-forwarded-for", "192.0.2.1"])(root),
  plus("X-Original-URL", ["x-original-url", "/admin"])(root),
  plus("crumbs of a cookie become one", ["cookie", "a=b"], ["cookie", "c=d"])(forwarded("GET /", ["cookie: a=b; c=d"])),
  plus("Host beside the authority, the same", ["host", "a.test"])(is400),
  plus("Host beside the authority, another", ["host", "b.test"])(is400),
  plus("two Hosts", ["host", "a.test"], ["host", "a.test"])(is400),
  plus("an empty name", ["", "b"])(reset),
];

const pseudos: readonly Http2Case[] = [
  ...[":method", ":scheme", ":path"].map((name) => row(`no ${name}`, head(without(name)), is400)),
  row("no authority and no host", head(without(":authority")), is400),
  row("no authority, but a host", head([...without(":authority"), ["host", "a.test"]]), root),
  ...[":method", ":scheme", ":path", ":authority"].map((name) =>
    row(`${name} twice`, head([...pseudo, pseudo.find(([known]) => known === name)!]), is400),
  ),
  ...[":method", ":scheme", ":path", ":authority"].map((name) =>
    row(
      `${name} after another header`,
      head([...without(name), ["a", "b"], pseudo.find(([known]) => known === name)!]),
      forwarded("GET /", ["a: b"]),
    ),
  ),
  ...[":method", ":scheme", ":path", ":authority"].map((name) =>
    row(`${name} that is empty`, head(instead(name, "")), is400),
  ),
  row("an unknown pseudo-header", head([...pseudo, [":protocol", "websocket"]]), is400),
  row("a pseudo-header of answers", head([...pseudo, [":status", "200"]]), is400),
  ...["get", "G T", "GET / HTTP/1.1\r\nA:", "GET\n", "G\0T"].map((value) =>
    row(`a method of ${JSON.stringify(value)}`, head(instead(":method", value)), unlessLine(value)),
  ),
  row(
    "CONNECT",
    head([
      [":method", "CONNECT"],
      [":authority", "a.test:80"],
    ]),
    is400,
  ),
  ...[
    "a",
    "*",
    "http://a.test/",
    "/a b",
    "/a\tb",
    "/ HTTP/1.1\r\nA: b",
    "/\n",
    "/\0",
    "/a#b",
    "/a\\b",
    "/a/../admin",
    "/a%2fb",
    "//",
    "/;a",
    "/\x7f",
  ].map((value) => row(`a path of ${JSON.stringify(value)}`, head(instead(":path", value)), unlessLine(value))),
  ...["/admin", "/%61dmin/x"].map((value) =>
    row(`a path of ${JSON.stringify(value)}`, head(instead(":path", value)), refused(403)),
  ),
  ...["https\r\n", "ht tp", "1http", "https://", "\0"].map((value) =>
    row(`a scheme of ${JSON.stringify(value)}`, head(instead(":scheme", value)), unlessLine(value)),
  ),
  row("another scheme", head(instead(":scheme", "http")), root),
  ...["a.test\r\nX: y", "a.test/b", "a.test\0", "a.test b", "a..test"].map((value) =>
    row(`an authority of ${JSON.stringify(value)}`, head(instead(":authority", value)), unlessLine(value)),
  ),
  row("an authority that the connection's name does not allow", head(instead(":authority", "b.test")), refused(421)),
];

const bodies: readonly Http2Case[] = [
  row("a body without a length", head(posts, 0) + data("hello"), five),
  row("a body of its length", head([...posts, ["content-length", "5"]], 0) + data("hello"), five),
  row("a body longer than its length", head([...posts, ["content-length", "3"]], 0) + data("hello"), is400),
  row("a body shorter than its length", head([...posts, ["content-length", "9"]], 0) + data("hello"), is400),
  row("no body, but a length", head([...posts, ["content-length", "5"]]), is400),
  row("two lengths", head([...posts, ["content-length", "5"], ["content-length", "5"]], 0) + data("hello"), is400),
  row("a length that is no number", head([...posts, ["content-length", "5x"]], 0) + data("hello"), is400),
  row("a negative length", head([...posts, ["content-length", "-5"]], 0) + data("hello"), is400),
  row(
    "a body that is a request stays a body",
    head(posts, 0) + data("GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"),
    forwarded("POST /", ["Content-Length: 40"], "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n"),
  ),
  row(
    "a body that is a last chunk stays a body",
    head(posts, 0) + data("0\r\n\r\n"),
    forwarded("POST /", ["Content-Length: 5"], "0\r\n\r\n"),
  ),
  row(
    "trailers",
    head(posts, 0) + data("hello", 0) + frame(types.headers, endHeaders | endStream, 1, block([["a", "b"]])),
    reset,
  ),
];

const misplaced: readonly Http2Case[] = [
  row(
    "data without a request is passed over",
    hello + data("hello") + frame(types.headers, endHeaders | endStream, 3, block(pseudo)),
    root,
  ),
  row("a header block on stream 0", hello + frame(types.headers, endHeaders | endStream, 0, block(pseudo)), reset),
  row(
    "a header block on an even stream",
    hello + frame(types.headers, endHeaders | endStream, 2, block(pseudo)),
    reset,
  ),
  row("a continuation without a start", hello + frame(types.continuation, endHeaders, 1, block(pseudo)), reset),
  row(
    "another frame within a header block",
    hello + frame(types.headers, endStream, 1, block(pseudo)) + frame(types.ping, 0, 0, "12345678"),
    reset,
  ),
  row(
    "a header block cut into continuations",
    hello +
      frame(types.headers, endStream, 1, block(pseudo).slice(0, 9)) +
      frame(types.continuation, endHeaders, 1, block(pseudo).slice(9)),
    root,
  ),
  row("settings of a wrong size", `${hello}${frame(types.settings, 0, 0, "12345")}`, reset),
  row("a ping of a wrong size", `${hello}${frame(types.ping, 0, 0, "1234")}`, reset),
  row(
    "a frame over the limit",
    hello + frame(types.headers, endHeaders | endStream, 1, block([...pseudo, ["a", "x".repeat(20_000)]])),
    reset,
  ),
  row(
    "an index that no table has",
    hello + frame(types.headers, endHeaders | endStream, 1, integer(500, 7, 0x80)),
    reset,
  ),
  row("index 0", hello + frame(types.headers, endHeaders | endStream, 1, "\x80"), reset),
  row(
    "a table over the limit",
    hello + frame(types.headers, endHeaders | endStream, 1, integer(2 ** 24, 5, 0x20) + block(pseudo)),
    reset,
  ),
  row(
    "an integer without an end",
    hello + frame(types.headers, endHeaders | endStream, 1, `\x7f${"\xff".repeat(20)}`),
    reset,
  ),
  row(
    "a string longer than its block",
    hello + frame(types.headers, endHeaders | endStream, 1, `\0${integer(90, 7)}a`),
    reset,
  ),
  row("a wrong preface", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", reset),
  row("a window over its limit", hello + frame(types.window, 0, 0, "\x7f\xff\xff\xff"), reset),
  row("an empty window update", hello + frame(types.window, 0, 0, "\0\0\0\0"), reset),
  row("padding longer than its frame", hello + frame(types.data, 8 | endStream, 1, "\xffa"), reset),
];

export const http2Groups = [
  { name: "fields", cases: fields },
  { name: "pseudo-headers", cases: pseudos },
  { name: "bodies", cases: bodies },
  { name: "frames in the wrong place", cases: misplaced },
] as const;
