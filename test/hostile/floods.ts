// Frames by the thousand that are each allowed, and cost the server more than the client.
import { block, endHeaders, endStream, type Field, frame, hello, integer, types } from "./frames.ts";

export interface Flood {
  readonly name: string;
  /** Sent first. */
  readonly start: string;
  /** Sent again and again, up to `most` times, until the gateway ends the connection; `turn` counts from 0. */
  readonly again: (turn: number) => string;
  readonly most: number;
  /** The kind of `portway_http2_floods_total` that counts it. */
  readonly kind: "frames" | "priorities" | "streams" | "headers";
}

const request: readonly Field[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/"],
  [":authority", "a.test"],
];
const post = block([[":method", "POST"], ...request.slice(1)]);
const headers = (stream: number, fields: string, flags: number) => frame(types.headers, flags, stream, fields);
const get = block(request);
/** An entry of 3,900 bytes for the table, with its index (RFC 7541 section 6.2.1); then that index, each a byte. */
const bombEntry = `\x40${integer(1, 7)}a${integer(3900, 7)}${"x".repeat(3900)}`;
const bomb = get + bombEntry + integer(62, 7, 0x80).repeat(8000);

export const floods: readonly Flood[] = [
  {
    name: "requests that are reset at once (CVE-2023-44487)",
    start: hello,
    again: (turn) => {
      let frames = "";
      for (let i = 0; i < 100; i++) {
        const stream = 2 * (turn * 100 + i) + 1;
        frames += headers(stream, get, endHeaders | endStream) + frame(types.reset, 0, stream, "\0\0\0\x08");
      }
      return frames;
    },
    most: 400,
    kind: "streams",
  },
  {
    name: "continuations without an end",
    start: hello + headers(1, get, endStream),
    again: () => frame(types.continuation, 0, 1, block([["a", "x".repeat(4000)]])).repeat(4),
    most: 5_000,
    kind: "headers",
  },
  {
    name: "empty continuations",
    start: hello + headers(1, get, endStream),
    again: () => frame(types.continuation, 0, 1, "").repeat(1000),
    most: 2_000,
    kind: "frames",
  },
  {
    name: "pings",
    start: hello,
    again: () => frame(types.ping, 0, 0, "12345678").repeat(500),
    most: 1_000,
    kind: "frames",
  },
  {
    name: "settings",
    start: hello,
    again: () => frame(types.settings, 0, 0, "\0\x04\0\0\xff\xff").repeat(500),
    most: 1_000,
    kind: "frames",
  },
  {
    name: "a small block that unpacks to 31 MB",
    start: hello,
    again: (turn) => headers(2 * turn + 1, bomb, endHeaders | endStream),
    most: 100,
    kind: "headers",
  },
  {
    name: "empty data",
    start: hello + headers(1, post, endHeaders),
    again: () => frame(types.data, 0, 1, "").repeat(1000),
    most: 2_000,
    kind: "frames",
  },
  {
    name: "priorities",
    start: hello,
    again: () => frame(types.priority, 0, 1, "\0\0\0\0\x10").repeat(1000),
    most: 2_000,
    kind: "priorities",
  },
  {
    name: "window updates of one byte",
    start: hello + headers(1, post, endHeaders),
    again: () => frame(types.window, 0, 1, "\0\0\0\x01").repeat(1000),
    most: 2_000,
    kind: "frames",
  },
];
