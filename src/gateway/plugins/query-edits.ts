// query: parameters renamed, removed, set and added before the target sees them. What is not edited stays byte by byte; a
// name that a client spells with percent signs is the same name.
import type { QueryEditsConfig, TemplateValue } from "../../wire/edge-plugins.ts";
import type { RequestRecord } from "../record.ts";
import { currentRequest, variable } from "../request.ts";
import { decodedQuery, encodedQuery } from "../routing/query.ts";
import type { Template } from "../template.ts";
import { compileTemplate } from "../template.ts";
import type { Plugin } from "./plugin.ts";

interface Parameter {
  /** As it goes out: encoded, with `=`. */
  readonly start: string;
  readonly template: Template;
}

interface Ready {
  /** By decoded name: empty for one that goes, the new name, encoded, for one that is renamed. */
  readonly changed: Record<string, string | undefined>;
  readonly given: readonly Parameter[];
}

function parameters(edits: readonly (readonly [string, TemplateValue])[]): Parameter[] {
  return edits.map(([name, value]) => ({ start: `${encodedQuery(name)}=`, template: compileTemplate(value) }));
}

function prepare({ rename, set, add, remove }: QueryEditsConfig): Ready {
  const changed: Record<string, string | undefined> = {};
  for (const [from, to] of rename) changed[from] = encodedQuery(to);
  for (const name of remove) changed[name] = "";
  for (const [name] of set) changed[name] = "";
  return { changed, given: [...parameters(set), ...parameters(add)] };
}

/** A pair of the query as it goes on, undefined when it does not. */
function keptPair(pair: string, { changed }: Ready): string | undefined {
  const equals = pair.indexOf("=");
  const name = equals < 0 ? pair : string.sub(pair, 1, equals);
  const change = changed[decodedQuery(name)];
  if (change === undefined) return pair;
  return change === "" ? undefined : change + string.sub(pair, name.length + 1);
}

function editedQuery(request: RequestRecord, query: string, ready: Ready): string {
  const pairs: string[] = [];
  for (const pair of query === "" ? [] : query.split("&")) {
    const kept = keptPair(pair, ready);
    if (kept !== undefined) pairs.push(kept);
  }
  for (const { start, template } of ready.given) {
    const value = template(request);
    if (value !== undefined) pairs.push(start + encodedQuery(value));
  }
  return pairs.join("&");
}

export const query: Plugin<"query", Ready> = {
  name: "query",
  prepare,
  access: (request, ready) => {
    const before = variable(currentRequest(), "args") ?? "";
    const after = editedQuery(request, before, ready);
    if (after !== before) ngx.req.set_uri_args(after);
    return 0;
  },
};
