// bodySchema: a request whose body is not JSON that fits the route's schema is refused, and told where it does not fit.
// What cannot be looked into is refused too: a body that is too large, encoded, or of another type.
import { parseJson } from "../json/parse.ts";
import type { Part, SchemaFault } from "../json-schema/run.ts";
import { prepareParts, validate } from "../json-schema/validate.ts";
import type { MediaTypes } from "../media-types.ts";
import { isListed, mediaTypes } from "../media-types.ts";
import type { RequestRecord } from "../record.ts";
import type { Pointer } from "../request.ts";
import { currentRequest, variable } from "../request.ts";
import { readBody } from "../request-body.ts";
import type { Plugin } from "./plugin.ts";

interface Ready {
  readonly types: MediaTypes;
  readonly maxBytes: number;
  readonly isRequired: boolean;
  readonly parts: readonly Part[];
}

/** Methods whose requests are nothing without a body. */
const needsBody: Readonly<Record<string, boolean | undefined>> = { POST: true, PUT: true, PATCH: true };
/** Steps of the validator for each byte of a body, and for any body. */
const stepsPerByte = 4;
const leastSteps = 1000;

const details = {
  syntax: "is not JSON",
  encoding: "is not UTF-8",
  duplicate: "has a member twice",
  number: "has a number that is too large",
  depth: "is nested too deeply",
} as const;

const json: CjsonSafe = require("cjson.safe");

function refuse(request: RequestRecord, status: number, reason: string): number {
  request.reason = reason;
  return status;
}

function tell(request: RequestRecord, faults: readonly SchemaFault[]): void {
  const told = faults.map(({ pointer, detail }) => ({ detail, pointer: `#${fragment(pointer)}` }));
  request.problemErrors = json.encode(told)[0] ?? "";
}

/** As part of an address (RFC 6901 section 6). */
function fragment(pointer: string): string {
  const [text] = string.gsub(pointer, "[^%w%-._~/!$&'()*+,;=:@]", (one) => string.format("%%%02X", string.byte(one)));
  return text;
}

/** Whether a body of this type can be read: one type, in UTF-8, not compressed. */
function isReadable(pointer: Pointer, types: MediaTypes): boolean {
  const encoding = variable(pointer, "http_content_encoding");
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") return false;
  const header = ngx.req.get_headers(0)["content-type"];
  if (typeof header !== "string" || !isListed(types, header)) return false;
  for (const [charset] of string.gmatch(header.toLowerCase(), '[; \t]charset[^=]*=%s*"?([^"; \t]*)'))
    if (charset !== "utf-8") return false;
  return true;
}

function judge(request: RequestRecord, { parts }: Ready, body: string): number {
  const parsed = parseJson(body);
  if (parsed.problem !== undefined) {
    tell(request, [{ pointer: "", detail: `${details[parsed.problem]} (byte ${parsed.at})` }]);
    return refuse(request, 400, "json");
  }
  const faults = validate(parts, parsed.value, leastSteps + stepsPerByte * body.length);
  if (faults.length === 0) return 0;
  tell(request, faults);
  return refuse(request, 422, "schema");
}

export const bodySchema: Plugin<"bodySchema", Ready> = {
  name: "bodySchema",
  prepare: ({ types, maxBytes, isRequired, parts }) => ({
    types: mediaTypes(types),
    maxBytes,
    isRequired,
    parts: prepareParts(parts),
  }),
  access: (request, ready) => {
    const pointer = currentRequest();
    const type = variable(pointer, "content_type");
    if (type !== undefined && type !== "" && !isReadable(pointer, ready.types)) return refuse(request, 415, "type");
    const body = readBody(pointer, ready.maxBytes);
    if (body === undefined) return refuse(request, 413, "tooLarge");
    if (body === "") {
      if (!ready.isRequired || needsBody[request.method] === undefined) return 0;
      tell(request, [{ pointer: "", detail: "is missing" }]);
      return refuse(request, 400, "noBody");
    }
    if (!isReadable(pointer, ready.types)) return refuse(request, 415, "type");
    return judge(request, ready, body);
  },
};
