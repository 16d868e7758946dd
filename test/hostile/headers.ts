// Names and values of headers, the headers that are the gateway's own, limits, and what follows an upgrade.
import { forwarded, type Group, get, type HostileCase, hostLine, refused, row, waits, withLines } from "./case.ts";

const is400 = refused(400);
const root = forwarded("GET /");
const passes = (name: string, header: string, as = header) =>
  row(name, withLines(`${header}\r\n`), forwarded("GET /", [as]));
const drops = (name: string, lines: string) => row(name, withLines(`${lines}\r\n`), root);

const names: readonly HostileCase[] = [
  ...[
    "X_Forwarded_For: 192.0.2.1",
    "X.Forwarded.For: 192.0.2.1",
    "X_Real_IP: 192.0.2.1",
    "Authorization_: x",
    "A.B: c",
    "A B: c",
    "A/B: c",
    "A(B): c",
    "A,B: c",
    "A;B: c",
    "A=B: c",
    "A@B: c",
    "A[B]: c",
    "A{B}: c",
    'A"B: c',
    "A?B: c",
    "A\\B: c",
    "A<B: c",
    "\xc3\xa9: c",
    "A\x80: c",
    "A\xff: c",
    "A*B: c",
    "A!B: c",
    "A+B: c",
    "A|B: c",
    "A~B: c",
  ].map((header) =>
    header.startsWith("A B")
      ? row(`${JSON.stringify(header)} is refused`, withLines(`${header}\r\n`), is400)
      : drops(`${JSON.stringify(header)} is dropped`, header),
  ),
  ...["\0", "\x01", "\x08", "\t", "\v", "\f", "\x1f", "\x7f", " "].map((code) =>
    row(`${JSON.stringify(code)} in a name`, withLines(`A${code}B: c\r\n`), is400),
  ),
  ...[" ", "\t", "\0", "\x01"].map((code) =>
    row(`${JSON.stringify(code)} before the colon`, withLines(`A${code}: b\r\n`), is400),
  ),
  passes("a name of digits", "123: a"),
  passes("a name with hyphens at its ends", "-A-: b"),
  passes("a name in capitals", "ABC: d"),
  passes("a long name", `${"a".repeat(200)}: b`),
];

const values: readonly HostileCase[] = [
  row("a NUL", withLines("A: b\0c\r\n"), is400),
  row("a NUL at its end", withLines("A: b\0\r\n"), is400),
  row("spaces around it go", withLines("A:   b   \r\n"), forwarded("GET /", ["A: b"])),
  passes("tabs around it stay", "A: \tb\t"),
  passes("bytes above ASCII", "A: \xc3\xa9\xff\x80"),
  passes("a tab inside", "A: b\tc"),
  passes("an empty one", "A:", "A: "),
  passes("a colon", "A: b:c:d"),
  passes("a line that looks like another's", "A: Host: b.test"),
  row("the same name twice stays twice", withLines("A: b\r\nA: c\r\n"), forwarded("GET /", ["A: b", "A: c"])),
  row("Cookie twice", withLines("Cookie: a=b\r\nCookie: c=d\r\n"), forwarded("GET /", ["Cookie: a=b", "Cookie: c=d"])),
  row("Authorization twice", withLines("Authorization: Basic a\r\nAuthorization: Basic b\r\n"), is400),
];

const controls: readonly HostileCase[] = ["\x01", "\x07", "\x08", "\v", "\f", "\x1b", "\x1f", "\x7f"].map((code) =>
  row(`${JSON.stringify(code)} in a value`, withLines(`A: b${code}c\r\n`), forwarded("GET /", [`A: b${code}c`])),
);

/** What a target believes because the gateway says it: a client's own is replaced or dropped in every spelling. */
const own: readonly HostileCase[] = [
  ...[
    "X-Forwarded-For: 192.0.2.1",
    "x-forwarded-for: 192.0.2.1",
    "X-FORWARDED-FOR: 192.0.2.1",
    "X-Forwarded-For:192.0.2.1\r\nX-Forwarded-For: 192.0.2.2",
    "X-Real-IP: 192.0.2.1",
    "Forwarded: for=192.0.2.1",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: b.test",
    "X-Forwarded-Port: 443",
    "X-Request-Id: mine",
    "Proxy: http://b.test",
    "Trailer: A",
    "X-Original-URL: /admin",
    "X-Rewrite-URL: /admin",
    "X-Forwarded-Prefix: /admin",
    "X-Forwarded-Server: b.test",
    "X-Forwarded-Scheme: https",
    "X-Forwarded-Ssl: on",
    "X-Forwarded-Uri: /admin",
    "X-Client-IP: 192.0.2.1",
    "True-Client-IP: 192.0.2.1",
    "X-Cluster-Client-IP: 192.0.2.1",
    "Keep-Alive: timeout=9",
    "Proxy-Connection: keep-alive",
    "X-Forwarded-By: b.test",
    "Front-End-Https: on",
    "X-Forwarded-Protocol: https",
    "X-Forwarded-Method: DELETE",
    "X-Forwarded-Path: /admin",
    "X-Forwarded-Client-Cert: By=http://b.test;Subject=admin",
    "X-Forwarded-User: admin",
    "X-Forwarded-Preferred-Username: admin",
    "X-Forwarded-Email: admin@b.test",
    "X-Forwarded-Groups: admin",
    "X-Forwarded-Access-Token: a",
  ].map((lines) => drops(`${JSON.stringify(lines)} does not reach the target`, lines)),
  ...[
    "X-Forwarded-For",
    "X-Request-Id",
    "Host",
    "Content-Length",
    "Authorization",
    "X-Forwarded-Proto",
    "Transfer-Encoding",
    "close, X-Forwarded-For",
    "keep-alive, Host",
    "Cookie, \tHost,,",
    "Upgrade",
  ].map((value) =>
    row(
      `Connection that names ${value} takes nothing away`,
      withLines(`Connection: ${value}\r\nAuthorization: x\r\nCookie: a=b\r\n`),
      forwarded("GET /", ["Authorization: x", "Cookie: a=b"]),
    ),
  ),
  row("Connection: close ends the connection after the answer", withLines("Connection: close\r\n"), root),
];

const limits: readonly HostileCase[] = [
  row("a request line over the limit", get(`/${"x".repeat(20_000)}`), refused(414)),
  row("a header over the limit", withLines(`A: ${"x".repeat(20_000)}\r\n`), is400),
  row("a name over the limit", withLines(`${"a".repeat(20_000)}: b\r\n`), is400),
  row("a header without an end, over the limit", `GET / HTTP/1.1\r\n${hostLine}A: ${"x".repeat(20_000)}`, is400),
  row("headers over the limit together", withLines(`A: ${"x".repeat(4000)}\r\n`.repeat(5)), is400),
  row("100,000 headers", withLines("a:b\r\n".repeat(100_000)), is400),
  row("100,000 empty headers", withLines("a:\r\n".repeat(100_000)), is400),
  row("100,000 empty lines", "\r\n".repeat(100_000), waits),
  row("200 headers", withLines("a: b\r\n".repeat(200)), forwarded("GET /", Array<string>(200).fill("a: b"))),
  row("20 requests at once are answered in order", get("/").repeat(20), ...Array<typeof root>(20).fill(root)),
  row("a refused request ends the connection", `${get("/a b")}${get("/smuggled")}`, is400),
];

const upgrade = (path: string, lines: string, rest: string) =>
  `GET ${path} HTTP/1.1\r\n${hostLine}${lines}\r\n\r\n${rest}`;
const asked = (path: string) => forwarded(`GET ${path}`, ["Upgrade: websocket", "Connection: upgrade"]);
const upgrades: readonly HostileCase[] = [
  row(
    "bytes after an upgrade that the target declines are the next request",
    upgrade("/decline", "Upgrade: websocket\r\nConnection: Upgrade", get("/smuggled")),
    asked("/decline"),
    forwarded("GET /smuggled"),
  ),
  row(
    "… and are judged as such",
    upgrade("/decline", "Upgrade: websocket\r\nConnection: Upgrade", get("/admin")),
    asked("/decline"),
    refused(403),
  ),
  row(
    "h2c is not asked of the target",
    upgrade("/h2c", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings", ""),
    forwarded("GET /h2c", ["HTTP2-Settings: AAMAAABkAAQAAP__"]),
  ),
  row(
    "bytes after h2c are the next request",
    upgrade("/h2c", "Upgrade: h2c\r\nConnection: Upgrade", get("/smuggled")),
    forwarded("GET /h2c"),
    forwarded("GET /smuggled"),
  ),
  ...["websocket, h2c", "h2c, websocket", "TLS/1.0", "websocketx", "websocket/13", "x"].map((protocol) =>
    row(
      `an upgrade to ${protocol} is not asked of the target`,
      upgrade("/x", `Upgrade: ${protocol}\r\nConnection: Upgrade`, ""),
      forwarded("GET /x"),
    ),
  ),
  row("WebSocket in other letters", upgrade("/x", "Upgrade: WebSocket\r\nConnection: Upgrade", ""), asked("/x")),
  row(
    "Upgrade twice is the first",
    upgrade("/x", "Upgrade: websocket\r\nUpgrade: h2c\r\nConnection: Upgrade", ""),
    asked("/x"),
  ),
  row(
    "an upgrade with a body",
    `POST /x HTTP/1.1\r\n${hostLine}Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 5\r\n\r\nhello`,
    forwarded("POST /x", ["Upgrade: websocket", "Connection: upgrade", "Content-Length: 5"], "hello"),
  ),
  row(
    "100-continue for a body that comes at once",
    `POST / HTTP/1.1\r\n${hostLine}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello`,
    forwarded("POST /", ["Content-Length: 5"], "hello"),
  ),
  row("an expectation of something else", withLines("Expect: 200-ok\r\n"), forwarded("GET /", [])),
];

export const headers: readonly Group[] = [
  { name: "names of headers", cases: names },
  { name: "values of headers", cases: values },
  { name: "control characters, passed on as they are", cases: controls },
  { name: "the gateway's own headers", cases: own },
  { name: "limits and pipelines", cases: limits },
  { name: "upgrades and expectations", cases: upgrades },
];
