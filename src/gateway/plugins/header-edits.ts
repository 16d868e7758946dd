// requestHeaders and responseHeaders: headers removed, then set, then added, as the target or the client gets them.
// hsts: Strict-Transport-Security (RFC 6797), over TLS alone (section 7.2).
import type { HeaderEditsConfig } from "../../wire/edge.ts";
import { currentRequest, setAnswerHeader, setRequestHeader } from "../request.ts";
import type { Plugin } from "./plugin.ts";

function valuesWith(before: string | readonly string[] | undefined, value: string): readonly string[] {
  const values: string[] = [];
  if (typeof before === "string") values.push(before);
  else if (before !== undefined) for (const one of before) values.push(one);
  values.push(value);
  return values;
}

export const requestHeaders: Plugin<"requestHeaders", HeaderEditsConfig> = {
  name: "requestHeaders",
  prepare: (config) => config,
  access: (_request, { remove, set, add }) => {
    const pointer = currentRequest();
    for (const name of remove) ngx.req.clear_header(name);
    for (const edit of set) setRequestHeader(pointer, edit[0], edit[1]);
    for (const edit of add)
      ngx.req.set_header(edit[0], valuesWith(ngx.req.get_headers(0)[edit[0].toLowerCase()], edit[1]));
    return 0;
  },
};

export const responseHeaders: Plugin<"responseHeaders", HeaderEditsConfig> = {
  name: "responseHeaders",
  prepare: (config) => config,
  answer: (_request, { remove, set, add }) => {
    const pointer = currentRequest();
    for (const name of remove) ngx.header[name] = undefined;
    for (const edit of set) setAnswerHeader(pointer, edit[0], edit[1]);
    for (const edit of add)
      ngx.header[edit[0]] = valuesWith(ngx.header[edit[0]] as string | readonly string[], edit[1]);
  },
};

export const hsts: Plugin<"hsts", string> = {
  name: "hsts",
  prepare: (config) => config.value,
  answer: (request, value) => {
    if (request.isSecure) setAnswerHeader(currentRequest(), "Strict-Transport-Security", value);
  },
};
