// securityHeaders: a bundle of headers for browsers, on every answer of the route, refusals too.
import type { Pointer } from "../request.ts";
import { currentRequest, setAnswerHeader } from "../request.ts";
import { inTurn } from "../straight.ts";
import type { Plugin } from "./plugin.ts";

type Send = (this: void, pointer: Pointer) => number;

function setHeader(pointer: Pointer, header: readonly [string, string]): number {
  setAnswerHeader(pointer, header[0], header[1]);
  return 0;
}

function removeHeader(_pointer: Pointer, name: string): number {
  ngx.header[name] = undefined;
  return 0;
}

interface Ready {
  readonly remove: Send;
  readonly set: Send;
}

export const securityHeaders: Plugin<"securityHeaders", Ready> = {
  name: "securityHeaders",
  prepare: (config) => ({ remove: inTurn(config.remove, removeHeader), set: inTurn(config.set, setHeader) }),
  answer: (_request, ready) => {
    const pointer = currentRequest();
    ready.remove(pointer);
    ready.set(pointer);
  },
};
