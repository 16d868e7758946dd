// compress: answers that are worth it leave compressed where the client reads that. nginx compresses (the route's requests
// are in a location where that is on, for any type and size); whether it does so is said to it here, by the request's
// Accept-Encoding as nginx finds it when the target has answered.
import { chosenCoding } from "../accept-encoding.ts";
import { weakenTag } from "../entity-tag.ts";
import type { MediaTypes } from "../media-types.ts";
import { isListed, mediaTypes } from "../media-types.ts";
import { answerStatus, currentRequest, setRequestHeader, variable } from "../request.ts";
import { addVary } from "../vary.ts";
import type { Plugin } from "./plugin.ts";

/** What this nginx can do. */
export const loaded = { brotli: true };

interface Ready {
  readonly offered: readonly string[];
  readonly types: MediaTypes;
  readonly minBytes: number;
  /** Accept-Encoding headers that were read before, and what they choose. */
  chosen: Record<string, string | undefined>;
  count: number;
}

const mostKnown = 1000;
const notModified = 304;
/** Those whose bodies nginx compresses. */
const statuses: Readonly<Record<number, boolean | undefined>> = { 200: true, 403: true, 404: true };

function choose(ready: Ready, header: string): string {
  if (ready.count >= mostKnown) {
    ready.chosen = {};
    ready.count = 0;
  }
  const coding = chosenCoding(header, ready.offered);
  ready.chosen[header] = coding;
  ready.count++;
  return coding;
}

function isLargeEnough(minBytes: number): boolean {
  const length = ngx.header["Content-Length"];
  return length === undefined || tonumber(length)! >= minBytes;
}

/** What its sender wants to arrive as it was sent: nothing transformed, or a digest of the very bytes (RFC 9530). */
function isProtected(): boolean {
  const control = ngx.header["Cache-Control"];
  if (control !== undefined && forbidsTransform(control as string | readonly string[])) return true;
  return (
    ngx.header["Content-Digest"] !== undefined ||
    ngx.header["Repr-Digest"] !== undefined ||
    ngx.header["Digest"] !== undefined ||
    ngx.header["Content-MD5"] !== undefined
  );
}

function forbidsTransform(control: string | readonly string[]): boolean {
  const text = typeof control === "string" ? control : control.join(",");
  return text.toLowerCase().indexOf("no-transform") >= 0;
}

/** True when the answer would be compressed for a client that takes that. */
function isCompressible(status: number, ready: Ready): boolean {
  if (statuses[status] === undefined || ngx.header["Content-Encoding"] !== undefined) return false;
  const type = ngx.header["Content-Type"] as string | undefined;
  if (type === undefined || !isListed(ready.types, type)) return false;
  return isLargeEnough(ready.minBytes) && !isProtected();
}

export const compress: Plugin<"compress", Ready> = {
  name: "compress",
  prepare: ({ encodings, types, minBytes }) => {
    const list = mediaTypes(types);
    list.listed["text/event-stream"] = false;
    const offered = encodings.filter((coding) => coding !== "br" || loaded.brotli);
    return { offered, types: list, minBytes, chosen: {}, count: 0 };
  },
  answer: (request, ready) => {
    if (request.targetMs < 0) return; // the gateway's own words
    const pointer = currentRequest();
    const accepted = variable(pointer, "http_accept_encoding");
    const status = answerStatus(pointer);
    const may = status === notModified || isCompressible(status, ready);
    if (may) addVary(pointer, "Accept-Encoding");
    if (accepted === undefined) return;
    const known = ready.chosen[accepted];
    const coding = known === undefined ? choose(ready, accepted) : known;
    if (may && coding !== "") weakenTag(pointer);
    setRequestHeader(pointer, "Accept-Encoding", may && coding !== "" ? coding : "identity");
  },
};
