// transform: changes the path and the query that the service gets, and status and body of what it answers.
import { z } from "zod";
import { addFault, list, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import type { QueryEdits } from "../plugin-types.ts";
import { parseTemplate } from "../template.ts";
import { transformResponse } from "./transform-response.ts";

const nameHint = "write a parameter's name as it reads decoded";

function checkName(text: string): string | Fault {
  if (/^[ -~]{1,256}$/.test(text)) return text;
  return new Fault(
    "invalidParameter",
    `${quote(text)} is not a parameter's name`,
    "write 1 to 256 printable ASCII characters",
  );
}

function checkValue(text: string): string | Fault {
  if (!/^[ -~]{0,4096}$/.test(text))
    return new Fault(
      "invalidParameter",
      "this value is not printable ASCII on one line",
      "leave the encoding to Portway",
    );
  const parts = parseTemplate(text);
  return parts instanceof Fault ? parts : text;
}

const name = parsed({ description: "A parameter's name.", hint: nameHint }, checkName);
const key = z.string().superRefine((text, context) => {
  const checked = checkName(text);
  if (checked instanceof Fault) addFault(context, checked);
});
const value = parsed(
  {
    description: "The value, not encoded; {client.ip} and the like are filled in.",
    hint: "write the value as text, numbers in quotes",
  },
  checkValue,
);
const record = (description: string, of: typeof value) =>
  z.record(key, of, { error: "write `name: value`, one for each" }).meta({ description }).prefault({});

const query = mapping(
  {
    rename: record("Parameters that get another name.", name),
    set: record("Parameters that replace those of the same name.", value),
    add: record("Parameters that are added to those there are.", value),
    remove: list(name, { description: "Parameters that are taken out.", hint: "write a list of names" }).prefault([]),
  },
  "Changes to the query that the service gets.",
).superRefine(refuseSameName);

function refuseSameName({ rename, set, add, remove }: QueryEdits, context: z.RefinementCtx): void {
  const seen = new Map<string, string>();
  const visit = (name: string, path: (string | number)[]) => {
    const first = seen.get(name);
    const message = `${name} is named here and under ${first}`;
    if (first !== undefined) addFault(context, new Fault("contradiction", message, "keep one of them"), path);
    seen.set(name, String(path[0]));
  };
  for (const [from, to] of Object.entries(rename)) {
    visit(from, ["rename", from]);
    visit(to, ["rename", from]);
  }
  for (const key of Object.keys(set)) visit(key, ["set", key]);
  for (const key of Object.keys(add)) visit(key, ["add", key]);
  for (const [index, key] of remove.entries()) visit(key, ["remove", index]);
}

const pathHint = "write a path as it reads decoded, such as /users/{path.id}";

/** A template whose own text is canonical: what its fields bring is judged with each request. */
function checkPath(text: string): string | Fault {
  const fault = (reason: string, hint = pathHint) => new Fault("invalidPath", `${quote(text)} ${reason}`, hint);
  if (!text.startsWith("/")) return fault("is not a path");
  if (!/^[ -~]{1,1024}$/.test(text)) return fault("is too long, or has characters that are not printable ASCII");
  const bad = /[?#%;\\]/.exec(text)?.[0];
  if (bad === "?") return fault("has a query", "write the path alone; transform.query changes the query");
  if (bad !== undefined) return fault(`has ${quote(bad)}, which services read in different ways`);
  const parts = parseTemplate(text);
  if (parts instanceof Fault) return parts;
  const segments = parts
    .map((part) => (typeof part === "string" ? part : "x"))
    .join("")
    .slice(1)
    .split("/");
  if (segments.slice(0, -1).includes("")) return fault("has an empty segment");
  if (segments.includes(".") || segments.includes("..")) return fault("has a segment that is a way up");
  return text;
}

const path = parsed(
  { description: "The whole path that the service gets; {path.name} and the like are filled in.", hint: pathHint },
  checkPath,
);

export const transformSchema = mapping(
  { path: path.optional(), query: query.optional(), response: transformResponse.optional() },
  "Changes what of the request the service gets, and what of its answer the client gets.",
);
