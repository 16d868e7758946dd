// responseBody: an answer's body is changed before the client gets it, by edits of its JSON and by replacing texts. It is held
// back until it is whole (body-edit.ts does that), so only as much of it as the route allows. What cannot be changed is
// refused, or goes on as it is where the route says so.
import type { BodyChange } from "../body-edit.ts";
import { newBodyEdit, refuseBody } from "../body-edit.ts";
import { weakenTag } from "../entity-tag.ts";
import type { MediaTypes } from "../media-types.ts";
import { isListed, mediaTypes } from "../media-types.ts";
import type { Pointer } from "../request.ts";
import { answerStatus, currentRequest, setRequestHeader, variable } from "../request.ts";
import type { Plugin } from "./plugin.ts";

interface Ready extends BodyChange {
  readonly types: MediaTypes;
}

const notModified = 304;
/** Without a body, or with a part of one. */
const untouched: Readonly<Record<number, boolean | undefined>> = { 101: true, 204: true, 205: true, 206: true };
/** What these say is true of the target's bytes alone. */
const aboutBytes = ["Content-Length", "Accept-Ranges", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest"];

/** They say nothing true of the bytes that the client gets, or would get. */
function forgetBytes(pointer: Pointer): void {
  for (const name of aboutBytes) ngx.header[name] = undefined;
  weakenTag(pointer);
}

/** Why the body cannot be changed, as far as its headers tell. */
function unfit({ mostBytes }: Ready): "encoded" | "tooLarge" | undefined {
  const encoding = ngx.header["Content-Encoding"] as string | readonly string[] | undefined;
  if (encoding !== undefined && (typeof encoding !== "string" || encoding.toLowerCase() !== "identity"))
    return "encoded";
  const length = ngx.header["Content-Length"];
  return length !== undefined && tonumber(length)! > mostBytes ? "tooLarge" : undefined;
}

export const responseBody: Plugin<"responseBody", Ready> = {
  name: "responseBody",
  prepare: ({ types, maxBytes, isStrict, json, replace }) => ({
    types: mediaTypes(types),
    mostBytes: maxBytes,
    isStrict,
    json,
    replace,
  }),
  // the whole body as it is: a compressed one cannot be read, a part of one cannot be changed
  access: (request) => {
    const pointer = currentRequest();
    request.acceptEncoding = variable(pointer, "http_accept_encoding") ?? "";
    setRequestHeader(pointer, "Accept-Encoding", "identity");
    ngx.req.clear_header("Range");
    ngx.req.clear_header("If-Range");
    return 0;
  },
  answer: (request, ready) => {
    const pointer = currentRequest();
    // compress goes by what the client said
    if (request.acceptEncoding === "") ngx.req.clear_header("Accept-Encoding");
    else setRequestHeader(pointer, "Accept-Encoding", request.acceptEncoding);
    if (request.targetMs < 0 || request.endedFor !== "") return; // the gateway's own words
    const status = answerStatus(pointer);
    if (status === notModified) forgetBytes(pointer);
    if (status === notModified || untouched[status] !== undefined) return;
    const type = ngx.header["Content-Type"] as string | undefined;
    if (type === undefined || !isListed(ready.types, type)) return;
    const isHead = request.method === "HEAD";
    const reason = isHead ? undefined : unfit(ready);
    if (reason !== undefined) {
      if (ready.isStrict) refuseBody(pointer, request, reason);
      return;
    }
    forgetBytes(pointer);
    if (!isHead) request.bodyEdit = newBodyEdit(ready);
  },
};
