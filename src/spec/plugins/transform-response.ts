// transform.response: changes status and body of what the service answers.
import { z } from "zod";
import { addFault, choice, integer, list, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import type { ResponseBodySpec } from "../plugin-types.ts";
import { size } from "../quantities.ts";
import { checkMediaType } from "./content-types.ts";
import { editsOf, jsonEdits } from "./json-edits.ts";

/** Of these an answer's body, or what a client does with it, is another matter. */
const fixedStatuses = [204, 205, 206, 304];
const statusHint = "write a status from 200 to 599, but for 204, 205, 206 and 304";

const isStatus = (status: number) =>
  Number.isInteger(status) && status >= 200 && status <= 599 && !fixedStatuses.includes(status);

const status = z
  .record(z.string(), integer(200, 599, "A status."), { error: "write one status for another: { 404: 200 }" })
  .superRefine((map, context) => {
    for (const [from, to] of Object.entries(map)) {
      const fault = (status: number | string) =>
        addFault(context, new Fault("invalidStatus", `${status} cannot be replaced or stand for another`, statusHint), [
          from,
        ]);
      if (!/^[1-9][0-9]{2}$/.test(from) || !isStatus(Number(from))) fault(from);
      else if (!isStatus(to)) fault(to);
    }
    if (Object.keys(map).length === 0)
      addFault(context, new Fault("outOfRange", "status is empty", "write { 404: 200 }, or take it out"));
  })
  .meta({ description: "Another status for the client in place of one of the service." });

const text = (description: string, least: number) =>
  parsed({ description, hint: "write a text" }, (one) =>
    one.length >= least && one.length <= 4096
      ? one
      : new Fault(
          "invalidText",
          least > one.length ? "this text is empty" : "this text is too long",
          "write 1 to 4096 characters",
        ),
  );

const replacement = mapping(
  { text: text("What is replaced, wherever it stands, letter by letter.", 1), by: text("What takes its place.", 0) },
  "A text for another.",
  "write { text: internal.example, by: api.example.com }",
);

const typesHint = "write a list of media types: [application/json]";

function checkWholeType(text: string): string | Fault {
  const type = checkMediaType(text);
  if (type !== "text/event-stream" && !(typeof type === "string" && type.startsWith("application/grpc"))) return type;
  return new Fault("invalidMediaType", `${quote(text)} is a stream, which cannot be held back`, "take it out");
}

const body = mapping(
  {
    json: jsonEdits.optional(),
    replace: list(
      replacement,
      { description: "Texts for others, one after the other.", hint: "write [{ text: a, by: b }]" },
      { min: 1, max: 50 },
    ).optional(),
    types: list(
      parsed({ description: "A media type, or text/* for all of a kind.", hint: typesHint }, checkWholeType),
      { description: "Answers of other types are sent as they are.", hint: typesHint },
      { min: 1, max: 100 },
    ).optional(),
    maxSize: size("The largest body that is changed.", "1B", "1MiB").prefault("64KiB"),
    unfit: choice(
      ["refuse", "pass"],
      "What becomes of a body that cannot be changed: too large, encoded, or not JSON.",
    ).prefault("refuse"),
  },
  "Changes to bodies.",
  "write { json: { remove: [/internal] } }",
)
  .superRefine(({ json, replace }, context) => {
    if (!json && !replace)
      addFault(context, new Fault("missing", "json is missing", "write json, or replace: [{ text: …, by: … }]"), [
        "json",
      ]);
  })
  .transform(
    ({ json, replace = [], types, maxSize, unfit }): ResponseBodySpec => ({
      edits: json ? editsOf(json) : [],
      replace: replace.map(({ text, by }) => [text, by] as const),
      types: types ?? (json ? ["application/json"] : ["text/*"]),
      maxBytes: maxSize,
      isStrict: unfit === "refuse",
    }),
  );

export const transformResponse = mapping(
  {
    status: status.transform((map) => Object.entries(map).map(([from, to]) => [Number(from), to] as const)).optional(),
    body: body.optional(),
  },
  "Changes what of the service's answer the client gets.",
  "write { status: { 404: 200 } }",
);
