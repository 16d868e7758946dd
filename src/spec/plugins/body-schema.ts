// bodySchema: request bodies must be JSON that fits a schema.
import { z } from "zod";
import { checkBodySchema } from "../body-schema/check.ts";
import { addFault, flag, list, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import type { BodySchemaSpec } from "../plugin-types.ts";
import { size } from "../quantities.ts";
import { formatSize } from "../units.ts";
import { checkMediaType } from "./content-types.ts";

/** The largest body where the file names none. */
export const bodyBytesUnlessTold = 64 * 1024;

const typesHint = "write a list of JSON types: [application/json]";

function checkJsonType(text: string): string | Fault {
  const type = checkMediaType(text);
  if (type instanceof Fault || /^[^/]+\/(?:[^/]+\+)?json$/.test(type)) return type;
  return new Fault("invalidMediaType", `${quote(text)} is not a type of JSON`, typesHint);
}

const schema = z
  .unknown()
  .superRefine((written, context) => {
    if (written === undefined)
      return addFault(context, new Fault("missing", "schema is missing", "write a JSON Schema: { type: object, … }"));
    for (const { path, fault } of checkBodySchema(written)) addFault(context, fault, [...path]);
  })
  .meta({ description: "A JSON Schema, draft 2020-12 or draft-07." });

export const bodySchemaSchema = mapping(
  {
    schema,
    types: list(
      parsed({ description: "A type of JSON.", hint: typesHint }, checkJsonType),
      { description: "Bodies of other types are refused with 415.", hint: typesHint },
      { min: 1, max: 20 },
    ).prefault(["application/json"]),
    maxSize: size(
      `The largest body that is read, ${formatSize(bodyBytesUnlessTold)} unless told; a larger one is refused with 413.`,
      "1B",
      "1MiB",
    ).optional(),
    required: flag("Whether POST, PUT and PATCH need a body.").prefault(true),
  },
  "Lets only bodies through that are JSON and fit a schema.",
  "write { schema: { type: object, … } }",
).transform(
  ({ schema, types, maxSize, required }): BodySchemaSpec => ({
    schema,
    types,
    ...(maxSize !== undefined && { maxBytes: maxSize }),
    isRequired: required,
  }),
);
