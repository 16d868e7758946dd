// requestHeaders and responseHeaders: headers renamed, removed, set and added, as the target or the client gets them.
// Templates are read before the first edit, so that one may tell what another takes out. A value that is missing is not
// added; set still takes out what was there, so that nobody gives it who should not.
import type { HeaderEditsConfig, TemplateValue } from "../../wire/edge-plugins.ts";
import { clearLines, hasPlace, oneLine } from "../answer-lines.ts";
import type { RequestRecord } from "../record.ts";
import type { Pointer } from "../request.ts";
import { currentRequest, setAnswerHeader, setRequestHeader } from "../request.ts";
import { inTurn } from "../straight.ts";
import type { Template } from "../template.ts";
import { compileTemplate } from "../template.ts";
import type { Plugin } from "./plugin.ts";

type Edit = (this: void, pointer: Pointer, name: string, value: string) => void;

/** One direction's ways to change headers. */
interface Editors {
  /** `value` is the new name. */
  readonly rename: Edit;
  readonly remove: Edit;
  readonly set: Edit;
  readonly add: Edit;
}

interface Step {
  readonly edit: Edit;
  readonly name: string;
  readonly value: string;
}

/** A step whose value is another for each request: `read` fills it in, `edit` follows before anything else runs. */
interface TemplateStep {
  readonly edit: Edit;
  /** Without a value. */
  readonly otherwise: Edit;
  readonly name: string;
  readonly template: Template;
  value: string | undefined;
}

interface Edits {
  readonly read: (this: void, request: RequestRecord) => number;
  readonly fixed: (this: void, pointer: Pointer) => number;
  readonly filled: (this: void, pointer: Pointer) => number;
}

function runStep(pointer: Pointer, step: Step): number {
  step.edit(pointer, step.name, step.value);
  return 0;
}

function readStep(request: RequestRecord, step: TemplateStep): number {
  step.value = step.template(request);
  return 0;
}

function runTemplateStep(pointer: Pointer, step: TemplateStep): number {
  const value = step.value;
  if (value === undefined) step.otherwise(pointer, step.name, "");
  else step.edit(pointer, step.name, value);
  return 0;
}

function leave(): void {}

function editsOf(config: HeaderEditsConfig, editorsFor: (this: void, name: string) => Editors): Edits {
  const fixed: Step[] = [];
  const templates: TemplateStep[] = [];
  const give = (edit: Edit, otherwise: Edit, name: string, value: TemplateValue) => {
    if (typeof value === "string") fixed.push({ edit, name, value });
    else templates.push({ edit, otherwise, name, template: compileTemplate(value), value: undefined });
  };
  for (const [from, to] of config.rename ?? []) fixed.push({ edit: editorsFor(from).rename, name: from, value: to });
  for (const name of config.remove) fixed.push({ edit: editorsFor(name).remove, name, value: "" });
  for (const [name, value] of config.set) give(editorsFor(name).set, editorsFor(name).remove, name, value);
  for (const [name, value] of config.add) give(editorsFor(name).add, leave, name, value);
  return {
    read: inTurn(templates, readStep),
    fixed: inTurn(fixed, runStep),
    filled: inTurn(templates, runTemplateStep),
  };
}

function runEdits(request: RequestRecord, edits: Edits): void {
  const pointer = currentRequest();
  edits.read(request);
  edits.fixed(pointer);
  edits.filled(pointer);
}

function valuesWith(before: string | readonly string[] | undefined, value: string): readonly string[] {
  const values: string[] = [];
  if (typeof before === "string") values.push(before);
  else if (before !== undefined) for (const one of before) values.push(one);
  values.push(value);
  return values;
}

function addRequestHeader(_pointer: Pointer, name: string, value: string): void {
  ngx.req.set_header(name, valuesWith(ngx.req.get_headers(0)[name.toLowerCase()], value));
}

function removeRequestHeader(_pointer: Pointer, name: string): void {
  ngx.req.clear_header(name);
}

function renameRequestHeader(_pointer: Pointer, from: string, to: string): void {
  const value = ngx.req.get_headers(0)[from.toLowerCase()];
  if (value === undefined) return;
  ngx.req.clear_header(from);
  ngx.req.set_header(to, value);
}

function addAnswerHeader(_pointer: Pointer, name: string, value: string): void {
  ngx.header[name] = valuesWith(ngx.header[name] as string | readonly string[] | undefined, value);
}

function removeAnswerHeader(_pointer: Pointer, name: string): void {
  ngx.header[name] = undefined;
}

function renameAnswerHeader(_pointer: Pointer, from: string, to: string): void {
  const value = ngx.header[from];
  if (value === undefined) return;
  ngx.header[from] = undefined;
  ngx.header[to] = value;
}

function setLine(pointer: Pointer, name: string, value: string): void {
  clearLines(pointer, name);
  setAnswerHeader(pointer, name, value);
}

function addToLine(pointer: Pointer, name: string, value: string): void {
  const values = valuesWith(ngx.header[name] as string | readonly string[] | undefined, value);
  setLine(pointer, name, oneLine(name, values));
}

function renameLines(pointer: Pointer, from: string, to: string): void {
  const value = ngx.header[from];
  clearLines(pointer, from); // nginx reads a time that is none as if it were not there
  if (value !== undefined) ngx.header[to] = value;
}

const requestEditors: Editors = {
  rename: renameRequestHeader,
  remove: removeRequestHeader,
  set: setRequestHeader,
  add: addRequestHeader,
};

const answerEditors: Editors = {
  rename: renameAnswerHeader,
  remove: removeAnswerHeader,
  set: setAnswerHeader,
  add: addAnswerHeader,
};

/** For those of which nginx changes one line alone. */
const lineEditors: Editors = { rename: renameLines, remove: clearLines, set: setLine, add: addToLine };

export const requestHeaders: Plugin<"requestHeaders", Edits> = {
  name: "requestHeaders",
  prepare: (config) => editsOf(config, () => requestEditors),
  access: (request, edits) => {
    runEdits(request, edits);
    return 0;
  },
};

export const responseHeaders: Plugin<"responseHeaders", Edits> = {
  name: "responseHeaders",
  prepare: (config) => editsOf(config, (name) => (hasPlace(name) ? lineEditors : answerEditors)),
  answer: (request, edits) => {
    runEdits(request, edits);
  },
};
