// requestHeaders and responseHeaders: headers removed, then set, then added, as the target or the client gets them.
import type { HeaderEditsConfig } from "../../wire/edge.ts";
import type { Pointer } from "../request.ts";
import { currentRequest, setAnswerHeader, setRequestHeader } from "../request.ts";
import { inTurn } from "../straight.ts";
import type { Plugin } from "./plugin.ts";

type Edit = (this: void, pointer: Pointer, name: string, value: string) => void;
type Edits = (this: void, pointer: Pointer) => number;

interface Step {
  readonly edit: Edit;
  readonly name: string;
  readonly value: string;
}

function runStep(pointer: Pointer, step: Step): number {
  step.edit(pointer, step.name, step.value);
  return 0;
}

function editsOf(config: HeaderEditsConfig, remove: Edit, set: Edit, add: Edit): Edits {
  const steps: Step[] = [];
  for (const name of config.remove) steps.push({ edit: remove, name, value: "" });
  for (const [name, value] of config.set) steps.push({ edit: set, name, value });
  for (const [name, value] of config.add) steps.push({ edit: add, name, value });
  return inTurn(steps, runStep);
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

function addAnswerHeader(_pointer: Pointer, name: string, value: string): void {
  ngx.header[name] = valuesWith(ngx.header[name] as string | readonly string[] | undefined, value);
}

function removeAnswerHeader(_pointer: Pointer, name: string): void {
  ngx.header[name] = undefined;
}

export const requestHeaders: Plugin<"requestHeaders", Edits> = {
  name: "requestHeaders",
  prepare: (config) => editsOf(config, removeRequestHeader, setRequestHeader, addRequestHeader),
  access: (_request, edits) => {
    edits(currentRequest());
    return 0;
  },
};

export const responseHeaders: Plugin<"responseHeaders", Edits> = {
  name: "responseHeaders",
  prepare: (config) => editsOf(config, removeAnswerHeader, setAnswerHeader, addAnswerHeader),
  answer: (_request, edits) => {
    edits(currentRequest());
  },
};
