// A route over several services.
import { addFault, integer, list, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import { name } from "../names.ts";
import { cookieAge, cookieName } from "./balancing.ts";

const weighted = mapping(
  { name: name("A service."), weight: integer(0, 10_000, "Its share of the requests, against the others'.") },
  "A service and its share.",
  "write { name: orders, weight: 95 }",
);

const servicesHint = "write a list of { name, weight }";

export const servicesSchema = list(
  weighted,
  { description: "Services by weight.", hint: servicesHint },
  { min: 1, max: 32, unique: false },
).superRefine((services, context) => {
  const seen = new Set<string>();
  for (const [index, { name }] of services.entries()) {
    const fault = new Fault("duplicateEntry", `${name} is in the list twice`, "keep one, with the sum of both weights");
    if (seen.has(name)) addFault(context, fault, [index, "name"]);
    seen.add(name);
  }
  if (services.length > 0 && services.every(({ weight }) => weight === 0))
    addFault(context, new Fault("contradiction", "no service has a weight", "give one a weight above 0"));
});

const keepHint = "write { cookie: portway-orders } or { header: X-User }";

export const keepSchema = mapping(
  {
    cookie: cookieName("A cookie that clients are given.").optional(),
    maxAge: cookieAge.optional(),
    header: parsed({ description: "A header that clients send.", hint: "write a header name" }, (text) => {
      const lower = text.toLowerCase();
      if (/^[a-z0-9-]{1,100}$/.test(lower) && lower !== "host") return lower;
      return new Fault("invalidHeader", `clients are not told apart by ${quote(text)}`, "write a name such as X-User");
    }).optional(),
  },
  "What keeps a client with its service.",
  keepHint,
).superRefine(({ cookie, header, maxAge }, context) => {
  const fault = (message: string, hint: string, at: string[]) =>
    addFault(context, new Fault("contradiction", message, hint), at);
  if ((cookie === undefined) === (header === undefined)) fault("keep is one of cookie and header", keepHint, []);
  else if (header !== undefined && maxAge !== undefined) fault("maxAge is a cookie's", "take it out", ["maxAge"]);
});
