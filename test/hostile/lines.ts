// The request line and the ends of lines (RFC 9112 sections 2 and 3).
import { forwarded, type Group, get, type HostileCase, hostLine, refused, row, waits, withLines } from "./case.ts";

const root = forwarded("GET /");
const a = forwarded("GET /", ["A: b"]);
const line = (text: string) => `${text}\r\n${hostLine}\r\n`;

const requestLines: readonly HostileCase[] = [
  row("lower-case method", line("get / HTTP/1.1"), refused(400)),
  row("a method with a sign", line("G@T / HTTP/1.1"), refused(400)),
  row("a method with a space before it", line(" GET / HTTP/1.1"), refused(400)),
  row("a method with a colon", line("GET: / HTTP/1.1"), refused(400)),
  row("a method with a NUL", line("G\0T / HTTP/1.1"), refused(400)),
  row("a method that is a verb of its own", line("FROBNICATE / HTTP/1.1"), forwarded("FROBNICATE /")),
  row("an empty method", line("/ HTTP/1.1"), refused(400)),
  row("TRACE", line("TRACE / HTTP/1.1"), refused(405)),
  row("CONNECT", line("CONNECT a.test:80 HTTP/1.1"), refused(400)),
  row("CONNECT of a path", line("CONNECT / HTTP/1.1"), refused(405)),
  row("PRI * HTTP/2.0 on a clear connection", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", refused(400)),
  row("two spaces before the target", line("GET  / HTTP/1.1"), root),
  row("two spaces before the version", line("GET /  HTTP/1.1"), root),
  row("a space after the version", line("GET / HTTP/1.1 "), root),
  row("a tab for a space", line("GET\t/\tHTTP/1.1"), refused(400)),
  row("a tab in the target", line("GET /a\tb HTTP/1.1"), refused(400)),
  row("a space in the target", line("GET /a b HTTP/1.1"), refused(400)),
  row("HTTP/0.9", "GET /\r\n", refused(0)),
  row("HTTP/0.9 said", line("GET / HTTP/0.9"), refused(400)),
  row("HTTP/1.0 with a Host", `GET / HTTP/1.0\r\n${hostLine}\r\n`, root),
  row("HTTP/1.2", line("GET / HTTP/1.2"), root),
  row("HTTP/1.10", line("GET / HTTP/1.10"), root),
  row("HTTP/1.01", line("GET / HTTP/1.01"), root),
  row("HTTP/2.0", line("GET / HTTP/2.0"), refused(505)),
  row("HTTP/2.5", line("GET / HTTP/2.5"), refused(505)),
  row("HTTP/3.0", line("GET / HTTP/3.0"), refused(505)),
  row("HTTP/11.1", line("GET / HTTP/11.1"), refused(505)),
  row("HTTP/01.1", line("GET / HTTP/01.1"), refused(400)),
  row("HTTP/1", line("GET / HTTP/1"), refused(400)),
  row("HTTP/1.x", line("GET / HTTP/1.x"), refused(400)),
  row("HTTP /1.1", line("GET / HTTP /1.1"), refused(400)),
  row("http/1.1", line("GET / http/1.1"), refused(400)),
  row("HTTPS/1.1", line("GET / HTTPS/1.1"), refused(400)),
  row("no request line at all", "\r\n\r\n\r\n", waits),
  row("an empty line before the request", `\r\n${get("/")}`, root),
  row("many empty lines before the request", `${"\r\n".repeat(20)}${get("/")}`, root),
  row("a header before the request line", `A: b\r\n${get("/")}`, refused(400)),
  row("a TLS hello on the clear port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", refused(400)),
  row("a PROXY line that is not asked for", `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${get("/")}`, refused(400)),
  row(
    "a PROXY header of version 2 that is not asked for",
    `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c${"\x01".repeat(12)}${get("/")}`,
    refused(400),
  ),
  row("SSH", "SSH-2.0-OpenSSH_9.2\r\n", refused(400)),
];

const lineEnds: readonly HostileCase[] = [
  row("bare LFs all over", `GET / HTTP/1.1\nHost: a.test\nA: b\n\n`, a),
  row("a bare LF after the request line", `GET / HTTP/1.1\n${hostLine}A: b\r\n\r\n`, a),
  row("a bare LF at the end of the head", `GET / HTTP/1.1\r\n${hostLine}A: b\r\n\n`, a),
  row("two headers by a bare LF", withLines("A: b\nC: d\r\n"), forwarded("GET /", ["A: b", "C: d"])),
  row(
    "a request by bare LFs in a header is the next one",
    `${withLines("A: b\n\nGET /smuggled HTTP/1.1\nHost: a.test\r\n")}`,
    a,
    forwarded("GET /smuggled"),
  ),
  row("a bare CR after the request line", `GET / HTTP/1.1\r${hostLine}\r\n`, refused(400)),
  row("a bare CR in the target", line("GET /a\rb HTTP/1.1"), refused(400)),
  row("a bare LF in the target, which ends a request of HTTP/0.9", line("GET /a\nb HTTP/1.1"), refused(0)),
  row("a bare CR in a value", withLines("A: b\rC: d\r\n"), refused(400)),
  row("a bare CR in a name", withLines("A\rB: c\r\n"), refused(400)),
  row("a bare CR at the end of the head", `GET / HTTP/1.1\r\n${hostLine}\r\rA`, refused(400)),
  row("CR CR LF ends a line as CR LF does", withLines("A: b\r\r\n"), a),
  row("a folded value", withLines("A: b\r\n c\r\n"), refused(400)),
  row("a value folded by a tab", withLines("A: b\r\n\tc\r\n"), refused(400)),
  row("a value folded after a bare LF", withLines("A: b\n c\r\n"), refused(400)),
  row("an empty value folded", withLines("A:\r\n b\r\n"), refused(400)),
  row("a folded line of blanks alone", withLines("A: b\r\n \r\n"), refused(400)),
  row("a space before the first header", `GET / HTTP/1.1\r\n ${hostLine}\r\n`, refused(400)),
  row("a tab before the first header", `GET / HTTP/1.1\r\n\t${hostLine}\r\n`, refused(400)),
  row("a header line without a colon has an empty value", withLines("A\r\n"), forwarded("GET /", ["A: "])),
  row("a header line that is a colon", withLines(": b\r\n"), refused(400)),
  row("a head that does not end", `GET / HTTP/1.1\r\n${hostLine}A: b`, waits),
];

export const lines: readonly Group[] = [
  { name: "the request line", cases: requestLines },
  { name: "ends of lines", cases: lineEnds },
];
