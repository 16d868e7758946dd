// cors: which pages of other origins may use the route (the Fetch standard's CORS protocol).
import { isDnsName } from "../../net/dns-name.ts";
import { parseEndpoint } from "../../net/endpoint.ts";
import { addFault, flag, list, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import { checkMethod } from "../matching.ts";
import type { CorsSpec } from "../plugin-types.ts";
import { durationSeconds } from "../quantities.ts";
import { isHeaderName } from "./header-names.ts";

const originHint = 'write a list of origins: ["https://app.example.com"]';

/** `https://app.example.com`, with a port where it is not the scheme's own; `https://*.example.com`; `*`. */
function checkOrigin(text: string): string | Fault {
  if (text === "*") return text;
  const fault = (reason: string, hint: string) => new Fault("invalidOrigin", `${quote(text)} ${reason}`, hint);
  if (text === "null") return fault("is what sandboxed pages of any site send", "list the origins that are meant");
  const match = /^(https?):\/\/(\*\.)?([^/]*)(\/.*)?$/i.exec(text);
  if (!match) return fault("is not an origin", "write a scheme and a name: https://app.example.com");
  const [, scheme, star = "", place = "", path] = match;
  if (path !== undefined) return fault("has a path", `write ${text.slice(0, -path.length)}`);
  if (text !== text.toLowerCase()) return fault("is not in lower case", `write ${text.toLowerCase()}`);
  const ownPort = scheme === "https" ? ":443" : ":80";
  if (place.endsWith(ownPort))
    return fault("has its scheme's own port, which browsers leave out", `write ${text.slice(0, -ownPort.length)}`);
  const name = place.replace(/:([1-9]\d{0,4})$/, "");
  if (isDnsName(name) || (star === "" && parseEndpoint(place, 0))) return text;
  return fault("is not an origin", "write a scheme and a name: https://app.example.com");
}

function checkHeaderName(text: string): string | Fault {
  const fault = (reason: string) => new Fault("invalidHeader", `${quote(text)} ${reason}`, "write the headers' names");
  if (text === "*") return fault("does not stand for Authorization, and not for any with credentials");
  return isHeaderName(text) ? text : fault("is not a header name");
}

const headerName = parsed({ description: "A header name.", hint: "write a header name" }, checkHeaderName);
const headerNames = (description: string) =>
  list(headerName, { description, hint: "write a list of header names: [X-Api-Key]" }, { max: 100 });

export const corsSchema = mapping(
  {
    origins: list(
      parsed({ description: "An origin, https://*.example.com, or *.", hint: originHint }, checkOrigin),
      { description: "Origins whose pages may read answers.", hint: originHint },
      { min: 1, max: 1000 },
    ),
    methods: list(
      parsed({ description: "A method.", hint: "write a method such as GET" }, checkMethod),
      { description: "Methods that pages may use; those of the route unless told.", hint: "write a list: [GET, POST]" },
      { min: 1 },
    ).optional(),
    headers: headerNames("Request headers that pages may set.").prefault(["Authorization", "Content-Type"]),
    expose: headerNames("Headers of answers that pages may read besides the safe ones.").prefault([]),
    credentials: flag("Whether cookies may be sent along.").prefault(false),
    maxAge: durationSeconds("How long browsers remember it.", "0s", "1d").prefault("10m"),
  },
  "Lets pages of other origins use the route.",
)
  .superRefine(({ origins, credentials }, context) => {
    if (!origins.includes("*")) return;
    const refuse = (message: string, hint: string, key: string) =>
      addFault(context, new Fault("contradiction", message, hint), [key]);
    if (credentials)
      refuse(
        "credentials for every origin would give each site its visitors' sessions",
        "list the origins",
        "credentials",
      );
    if (origins.length > 1) refuse('"*" is every origin already', "keep it alone, or list the origins", "origins");
  })
  .transform(
    ({ maxAge, methods, ...rest }): CorsSpec => ({ ...rest, ...(methods && { methods }), maxAgeSeconds: maxAge }),
  );
