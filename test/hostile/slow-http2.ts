// What an HTTP/2 client says and then leaves unsaid, or says drop by drop.
import { block, endHeaders, endStream, type Field, frame, hello, types } from "./frames.ts";

export interface Slow {
  readonly name: string;
  readonly start: string;
  /** Sent now and then. */
  readonly drip: string;
}

const rest: readonly Field[] = [
  [":scheme", "https"],
  [":path", "/"],
  [":authority", "a.test"],
];
const get = block([[":method", "GET"], ...rest]);
const post = frame(types.headers, endHeaders, 1, block([[":method", "POST"], ...rest]));

export const slowClients: readonly Slow[] = [
  { name: "nothing at all", start: "", drip: "" },
  { name: "half a preface", start: hello.slice(0, 14), drip: "" },
  { name: "nothing after the preface", start: hello, drip: "" },
  { name: "pings, and no request", start: hello, drip: frame(types.ping, 0, 0, "12345678") },
  { name: "half a frame", start: hello + frame(types.headers, endStream | endHeaders, 1, get).slice(0, 15), drip: "" },
  { name: "headers without an end", start: hello + frame(types.headers, endStream, 1, get), drip: "" },
  {
    name: "continuations now and then",
    start: hello + frame(types.headers, endStream, 1, get),
    drip: frame(types.continuation, 0, 1, block([["b", "c"]])),
  },
  { name: "a body that does not begin", start: hello + post, drip: "" },
];
