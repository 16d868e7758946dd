// Values with templates: parts that Node has read, put together for each request. A field that the request has not, or
// whose value is not plain text, makes the whole value missing: half a value would mean something else.
import type { TemplateField, TemplateValue } from "../wire/edge-plugins.ts";
import { plainText } from "./plain-text.ts";
import type { RequestRecord } from "./record.ts";
import { currentRequest, variable } from "./request.ts";
import { pathSegment } from "./routing/path-segment.ts";
import { queryValue } from "./routing/query.ts";

export type Template = (this: void, request: RequestRecord) => string | undefined;
export type Read = (this: void, request: RequestRecord, name: string) => string | undefined;
type Join = (this: void, readers: unknown, names: unknown) => unknown;

function checked(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = plainText(value);
  return text;
}

/** What each kind of field gives. */
export const readers: { readonly [From in TemplateField["from"]]: Read } = {
  client: () => {
    const address = variable(currentRequest(), "remote_addr");
    return address;
  },
  request: (request) => request.id,
  path: (request, name) => {
    const route = request.route;
    if (route === undefined) return undefined;
    const text = checked(pathSegment(route.paths, request.path, name));
    return text;
  },
  header: (_request, name) => {
    const text = checked(variable(currentRequest(), name));
    return text;
  },
  query: (_request, name) => {
    const query = variable(currentRequest(), "args");
    if (query === undefined) return undefined;
    const text = checked(queryValue(query, name));
    return text;
  },
  // Plain since the token was judged.
  jwt: (request, name) => {
    const claims = request.claims;
    return claims === undefined ? undefined : claims[name];
  },
};

function nameFor({ from, name }: TemplateField): string {
  return from === "header" ? `http_${name.split("-").join("_")}` : name;
}

const usualReader = (from: TemplateField["from"]): Read => readers[from];

/** One function without loops that reads each field in turn and joins all (straight.ts says why). */
export function compileTemplate(value: TemplateValue, readerFor = usualReader): Template {
  if (typeof value === "string") return () => value;
  const reads: Read[] = [];
  const names: string[] = [];
  const lines: string[] = [];
  const joined: string[] = [];
  for (const part of value) {
    if (typeof part === "string") {
      joined.push(string.format("%q", part));
      continue;
    }
    reads.push(readerFor(part.from));
    names.push(nameFor(part));
    const at = reads.length;
    lines.push(`local value${at} = read${at}(request, name${at}) if value${at} == nil then return nil end`);
    joined.push(`value${at}`);
  }
  const numbered = (word: string) => reads.map((_, index) => `${word}${index + 1}`).join(", ");
  const [chunk, problem] = loadstring(`
    local reads, names = ...
    local ${numbered("read")} = unpack(reads)
    local ${numbered("name")} = unpack(names)
    return function(request)
      ${lines.join("\n")}
      return ${joined.join(" .. ")}
    end`);
  if (chunk === undefined) throw `template: ${problem}`;
  return (chunk as unknown as Join)(reads, names) as Template;
}
