// headers: renames, sets, adds and removes headers on the way in and on the way out.
import { z } from "zod";
import { addFault, list, mapping, parsed } from "../fields.ts";
import { Fault } from "../issue.ts";
import type { HeaderEdits } from "../plugin-types.ts";
import { parseTemplate } from "../template.ts";
import { checkHeaderName, isHeaderValue } from "./header-names.ts";

const valueHint = "write the header's value; put numbers and words like true in quotes";

function checkHeaderValue(text: string): string | Fault {
  if (isHeaderValue(text)) {
    const parts = parseTemplate(text);
    return parts instanceof Fault ? parts : text;
  }
  return new Fault(
    "invalidHeader",
    "this header value has a line break, a control or non-ASCII character, or a space at an end",
    "use visible ASCII characters, with spaces between them",
  );
}

const name = parsed({ description: "A header name.", hint: "write a header name" }, checkHeaderName);
const headerKey = z.string().superRefine((text, context) => {
  const checked = checkHeaderName(text);
  if (checked instanceof Fault) addFault(context, checked);
});

function values(description: string) {
  const value = parsed(
    { description: "The header's value; {client.ip} and the like are filled in.", hint: valueHint },
    checkHeaderValue,
  );
  return z.record(headerKey, value, { error: "write `Name: value`, one for each" }).meta({ description });
}

const edits = (description: string) =>
  mapping(
    {
      rename: z
        .record(headerKey, name, { error: "write `Old-Name: New-Name`, one for each" })
        .meta({ description: "Headers that get another name; the new one replaces those of that name." })
        .prefault({}),
      set: values("Headers that replace those of the same name.").prefault({}),
      add: values("Headers that are added to those there are.").prefault({}),
      remove: list(name, { description: "Headers that are taken out.", hint: "write a list of header names" }).prefault(
        [],
      ),
    },
    description,
  ).superRefine(refuseSameName);

function refuseSameName({ rename, set, add, remove }: HeaderEdits, context: z.RefinementCtx): void {
  const seen = new Map<string, string>();
  const visit = (name: string, path: (string | number)[]) => {
    const first = seen.get(name.toLowerCase());
    const fault = () =>
      new Fault(
        "contradiction",
        `${name} is named here and under ${first}`,
        "keep one: rename moves, set replaces, add keeps what there is, remove takes out",
      );
    if (first !== undefined) addFault(context, fault(), path);
    seen.set(name.toLowerCase(), String(path[0]));
  };
  for (const [from, to] of Object.entries(rename)) {
    visit(from, ["rename", from]);
    visit(to, ["rename", from]);
  }
  for (const key of Object.keys(set)) visit(key, ["set", key]);
  for (const key of Object.keys(add)) visit(key, ["add", key]);
  for (const [index, key] of remove.entries()) visit(key, ["remove", index]);
}

/** What has one value: nginx would put the new one in place of it. */
const singles = [
  ...["content-range", "content-type", "date", "etag", "expires", "last-modified", "location", "refresh", "server"],
];

function refuseSingles({ add }: HeaderEdits, context: z.RefinementCtx): void {
  for (const key of Object.keys(add)) {
    if (!singles.includes(key.toLowerCase())) continue;
    const fault = new Fault("contradiction", `${key} has one value, and add keeps what there is`, "write it under set");
    addFault(context, fault, ["add", key]);
  }
}

export const headersSchema = mapping(
  {
    request: edits("Changes to the request that the service gets.").optional(),
    response: edits("Changes to the response that the client gets.").superRefine(refuseSingles).optional(),
  },
  "Changes headers of requests and responses.",
);
