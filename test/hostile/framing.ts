// Where a body ends: Content-Length and Transfer-Encoding in every spelling (RFC 9112 section 6), chunks and trailers.
import { chunked, forwarded, type Group, get, type HostileCase, hostLine, post, refused, row, waits } from "./case.ts";

const smuggled = get("/smuggled");
const five = forwarded("POST /", ["Content-Length: 5"], "hello");
const none = forwarded("POST /", ["Content-Length: 0"]);
const without = forwarded("POST /");
const next = forwarded("GET /smuggled");

const conflicts: readonly HostileCase[] = [
  row("length before coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), refused(400)),
  row("coding before length", post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), refused(400)),
  row("CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG"), refused(400)),
  row("TE.CL", post("Content-Length: 4\r\nTransfer-Encoding: chunked", `5c\r\n${smuggled}`), refused(400)),
  row("length 0 and coding", post("Content-Length: 0\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), refused(400)),
  row("coding in HTTP/1.0", post("Transfer-Encoding: chunked", "0\r\n\r\n").replace("1.1", "1.0"), refused(400)),
  row(
    "a body of GET by length",
    `GET / HTTP/1.1\r\n${hostLine}Content-Length: 5\r\n\r\nhello`,
    forwarded("GET /", ["Content-Length: 5"], "hello"),
  ),
  row(
    "a body of GET in chunks",
    `GET / HTTP/1.1\r\n${hostLine}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    forwarded("GET /", ["Content-Length: 5"], "hello"),
  ),
  row(
    "a body of DELETE",
    `DELETE / HTTP/1.1\r\n${hostLine}Content-Length: 5\r\n\r\nhello`,
    forwarded("DELETE /", ["Content-Length: 5"], "hello"),
  ),
  row(
    "a body of HEAD",
    `HEAD / HTTP/1.1\r\n${hostLine}Content-Length: 5\r\n\r\nhello`,
    forwarded("HEAD /", ["Content-Length: 5"], "hello"),
  ),
  row("a body of OPTIONS *", `OPTIONS * HTTP/1.1\r\n${hostLine}Content-Length: 5\r\n\r\nhello`, refused(400)),
  row("bytes after a length of 0 are the next request", post("Content-Length: 0", smuggled), none, next),
  row("bytes after the body are the next request", post("Content-Length: 5", `hello${smuggled}`), five, next),
  row("a body without any length is none", `POST / HTTP/1.1\r\n${hostLine}\r\n${smuggled}`, without, next),
];

const lengths: readonly HostileCase[] = [
  ...[
    "+5",
    "-5",
    "-0",
    "0x5",
    "5x",
    "5 5",
    "5,5",
    "5, 5",
    "5,6",
    "5;",
    "5.0",
    "5e0",
    "",
    "five",
    "\xd9\xa5",
    '"5"',
    "5\t5",
    "18446744073709551621",
    "9223372036854775808",
    "99999999999999999999999999",
    "1_0",
    "\t5",
    "5\t",
  ].map((text) =>
    row(`Content-Length of ${JSON.stringify(text)}`, post(`Content-Length: ${text}`, "hello"), refused(400)),
  ),
  ...["05", "0000000000000005", " 5", "5 "].map((text) =>
    row(`Content-Length of ${JSON.stringify(text)}`, post(`Content-Length: ${text}`, "hello"), five),
  ),
  row("two lengths", post("Content-Length: 5\r\nContent-Length: 6", "hello"), refused(400)),
  row("the same length twice", post("Content-Length: 5\r\nContent-Length: 5", "hello"), refused(400)),
  row("a length and an empty one", post("Content-Length: 5\r\nContent-Length:", "hello"), refused(400)),
  row("a length in other letters", post("cONTENT-lENGTH: 5", "hello"), five),
  row("a length with an underscore is none", post("Content_Length: 5", smuggled), without, next),
  row("a length with a dot is none", post("Content.Length: 5", smuggled), without, next),
  row("a length after a folded line", post("A: b\r\n Content-Length: 5", smuggled), refused(400)),
  row("a length with a space before the colon", post("Content-Length : 5", "hello"), refused(400)),
  row("a length with a tab before the colon", post("Content-Length\t: 5", "hello"), refused(400)),
  row("a length with a NUL in its name", post("Content\0-Length: 5", "hello"), refused(400)),
  row("a length over the limit", post("Content-Length: 1048577", ""), refused(413)),
  row("a length whose body does not come", post("Content-Length: 5", "hel"), waits),
];

const codings: readonly HostileCase[] = [
  ...[
    "xchunked",
    "chunkedx",
    "identity",
    "gzip",
    "gzip, chunked",
    "chunked, gzip",
    "chunked, chunked",
    "chunked,",
    ",chunked",
    '"chunked"',
    "'chunked'",
    "chunked;q=1",
    "chunk",
    "chunked\v",
    "\vchunked",
    "chunked\f",
    "\x00chunked",
    "ch\u00fcnked",
    "x",
    "",
    "trailers",
    "compress",
    "deflate",
    "\tchunked",
    "chunked\t",
  ].map((text) =>
    row(
      `Transfer-Encoding of ${JSON.stringify(text)}`,
      post(`Transfer-Encoding: ${text}`, "0\r\n\r\n"),
      refused(text.includes("\0") ? 400 : 501),
    ),
  ),
  ...["Chunked", "CHUNKED", " chunked", "chunked "].map((text) =>
    row(
      `Transfer-Encoding of ${JSON.stringify(text)}`,
      post(`Transfer-Encoding: ${text}`, "5\r\nhello\r\n0\r\n\r\n"),
      five,
    ),
  ),
  row("two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"), refused(400)),
  row(
    "the same coding twice",
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    refused(400),
  ),
  row(
    "an unknown coding before a known one",
    post("Transfer-Encoding: x\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
    refused(400),
  ),
  row("a coding with a space before the colon", post("Transfer-Encoding : chunked", "0\r\n\r\n"), refused(400)),
  row("a coding on a folded line", post("Transfer-Encoding:\r\n chunked", "0\r\n\r\n"), refused(400)),
  row("a coding behind a folded line", post("A: b\r\n\tTransfer-Encoding: chunked", "0\r\n\r\n"), refused(400)),
  row("a coding with an underscore is none", post("Transfer_Encoding: chunked", smuggled), without, next),
  row("a coding with a dot is none", post("Transfer.Encoding: chunked", smuggled), without, next),
  row("a coding whose name has an é is none", post("Transf\u00e9r-Encoding: chunked", smuggled), without, next),
  row("a coding behind a bare CR", post("A: b\rTransfer-Encoding: chunked", "0\r\n\r\n"), refused(400)),
  row(
    "a coding behind a bare LF is a header",
    post("A: b\nTransfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
    forwarded("POST /", ["Content-Length: 5", "A: b"], "hello"),
  ),
  row("a coding with a control in its name", post("Transfer-Encoding\x01: chunked", "0\r\n\r\n"), refused(400)),
  row(
    "a coding in the query is none",
    `POST /?Transfer-Encoding:chunked HTTP/1.1\r\n${hostLine}\r\n`,
    forwarded("POST /?Transfer-Encoding:chunked"),
  ),
  row("TE is not passed on", post("TE: trailers, chunked\r\nContent-Length: 0", ""), none),
];

const chunks: readonly HostileCase[] = [
  ...[
    "zz",
    "-5",
    "+5",
    "0x5",
    "5g",
    "",
    '"5"',
    "fffffffffffffffff",
    "10000000000000000",
    "8000000000000000",
    "5\r",
    "5\x00",
    "5\v",
  ].map((size) =>
    row(`a chunk of size ${JSON.stringify(size)}`, chunked(`${size}\r\nhello\r\n0\r\n\r\n`), refused(400)),
  ),
  ...[
    "5",
    "05",
    "0000000005",
    "5 ",
    "5\t",
    "5;a",
    "5;a=b",
    '5;a="b;c"',
    "5 ; a = b",
    "5;",
    "5;;;",
    `5;${"x".repeat(2000)}`,
  ].map((size) =>
    row(`a chunk of size ${JSON.stringify(size.slice(0, 20))}`, chunked(`${size}\r\nhello\r\n0\r\n\r\n`), five),
  ),
  row(
    "a size in capitals",
    chunked("A\r\n0123456789\r\n0\r\n\r\n"),
    forwarded("POST /", ["Content-Length: 10"], "0123456789"),
  ),
  row("several chunks become one body", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), five),
  row("a size that ends with a bare LF", chunked("5\nhello\r\n0\r\n\r\n"), five),
  row("data that ends with a bare LF", chunked("5\r\nhello\n0\r\n\r\n"), five),
  row("a last chunk with bare LFs", chunked("5\r\nhello\r\n0\n\n"), five),
  row("a bare CR after the size", chunked("5\rhello\r\n0\r\n\r\n"), refused(400)),
  row("a bare LF inside an extension", chunked(`5;a\nhello\r\n0\r\n\r\n`), five),
  row("a bare CR inside an extension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), refused(400)),
  row("data longer than its size", chunked("5\r\nhello!\r\n0\r\n\r\n"), refused(400)),
  row("data shorter than its size", chunked("5\r\nhel\r\n0\r\n\r\n"), refused(400)),
  row("no line end after the data", chunked("5\r\nhello0\r\n\r\n"), refused(400)),
  row("a last chunk of several zeros", chunked("5\r\nhello\r\n000\r\n\r\n"), five),
  row("a last chunk with an extension", chunked("5\r\nhello\r\n0;a=b\r\n\r\n"), five),
  row("no last chunk", chunked("5\r\nhello\r\n"), waits),
  row("a last chunk without its empty line", chunked("5\r\nhello\r\n0\r\n"), waits),
  row("bytes after the last chunk are the next request", chunked(`5\r\nhello\r\n0\r\n\r\n${smuggled}`), five, next),
  row("a body over the limit", chunked(`${(1_048_577).toString(16)}\r\nhello`), refused(413)),
];

const trailers: readonly HostileCase[] = [
  row("a trailer is read and dropped", chunked("5\r\nhello\r\n0\r\nA: b\r\n\r\n"), five),
  row("a trailer that is a length", chunked("5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n"), five),
  row("a trailer that is a coding", chunked("5\r\nhello\r\n0\r\nTransfer-Encoding: x\r\n\r\n"), five),
  row("a trailer that is a Host", chunked("5\r\nhello\r\n0\r\nHost: b.test\r\n\r\n"), five),
  row("a trailer that grants", chunked("5\r\nhello\r\n0\r\nAuthorization: Bearer x\r\n\r\n"), five),
  row("a trailer that is a request line", chunked("5\r\nhello\r\n0\r\nGET /smuggled HTTP/1.1\r\n\r\n"), five),
  row("trailers and then a request", chunked(`5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n${smuggled}`), five, next),
  row(
    "the Trailer header goes, since trailers do",
    post("Transfer-Encoding: chunked\r\nTrailer: A", "5\r\nhello\r\n0\r\nA: b\r\n\r\n"),
    five,
  ),
];

export const framing: readonly Group[] = [
  { name: "lengths and codings together", cases: conflicts },
  { name: "Content-Length", cases: lengths },
  { name: "Transfer-Encoding", cases: codings },
  { name: "chunks", cases: chunks },
  { name: "trailers", cases: trailers },
];
