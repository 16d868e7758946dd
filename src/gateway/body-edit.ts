// The body-filter phase, of routes that change bodies alone: holds a body back until it is whole, and sends on what becomes
// of it. Headers are on their way by then: a body that proves unfit and must not pass ends the connection.
import type { JsonEdit } from "./json/edit.ts";
import { editJson } from "./json/edit.ts";
import { parseJson } from "./json/parse.ts";
import { countRejection } from "./rare-counts.ts";
import type { RequestRecord } from "./record.ts";
import { recordOf } from "./record.ts";
import { replaceTexts } from "./replace-text.ts";
import type { Pointer } from "./request.ts";
import { answerStatus, currentRequest, identity } from "./request.ts";

/** What a route changes of bodies. */
export interface BodyChange {
  readonly mostBytes: number;
  /** What cannot be changed does not pass. */
  readonly isStrict: boolean;
  readonly json: readonly JsonEdit[];
  readonly replace: readonly (readonly [text: string, by: string])[];
}

/** A body on its way. */
export interface BodyEdit {
  readonly change: BodyChange;
  readonly parts: string[];
  bytes: number;
}

type Unfit = "encoded" | "tooLarge" | "notJson";

const badGateway = 502;

export function newBodyEdit(change: BodyChange): BodyEdit {
  return { change, parts: [], bytes: 0 };
}

function note(pointer: Pointer, record: RequestRecord, reason: Unfit): void {
  record.refusedBy = "responseBody";
  record.reason = reason;
  record.endedFor = "unfitBody";
  if (record.givenStatus === 0) record.givenStatus = answerStatus(pointer);
  countRejection("responseBody", reason);
}

/** In the header filter: the client gets 502 in place of the answer. */
export function refuseBody(pointer: Pointer, record: RequestRecord, reason: Unfit): void {
  note(pointer, record, reason);
  ngx.exit(badGateway);
}

/** The changed body; otherwise why it cannot be changed. An answer without a body has nothing to change. */
function changedBody(body: string, { json, replace, mostBytes }: BodyChange): { text: string } | Unfit {
  if (body === "") return { text: "" };
  let text: string | undefined = body;
  if (json.length > 0) {
    if (parseJson(body).problem !== undefined) return "notJson";
    text = editJson(body, json, mostBytes);
  }
  if (text !== undefined && replace.length > 0) text = replaceTexts(text, replace, mostBytes);
  return text === undefined ? "tooLarge" : { text };
}

/** The body as the target sent it, or the end of the connection. */
function give(pointer: Pointer, record: RequestRecord, edit: BodyEdit, reason: Unfit): number | undefined {
  record.bodyEdit = undefined;
  if (edit.change.isStrict) {
    note(pointer, record, reason);
    return ngx.ERROR;
  }
  ngx.arg[1] = edit.parts.join("");
  return undefined;
}

/** Gives ngx.ERROR where the answer must not go on. */
export function editBody(): number | undefined {
  const pointer = currentRequest();
  const record = recordOf(identity(pointer));
  const edit = record?.bodyEdit;
  if (record === undefined || edit === undefined) return undefined;
  const part = ngx.arg[1] as string;
  edit.parts.push(part);
  edit.bytes += part.length;
  if (edit.bytes > edit.change.mostBytes) return give(pointer, record, edit, "tooLarge");
  if (ngx.arg[2] !== true) {
    ngx.arg[1] = undefined;
    return undefined;
  }
  const changed = changedBody(edit.parts.join(""), edit.change);
  if (typeof changed === "string") return give(pointer, record, edit, changed);
  record.bodyEdit = undefined;
  ngx.arg[1] = changed.text;
  return undefined;
}
