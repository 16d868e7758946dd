// The file's language as a zod schema, in the order in which its parts are written. Parts that are not supported yet have
// their final form here, and not-yet.ts refuses them.
import { z } from "zod";
import { mapping } from "./fields.ts";
import { edgeSchema, tlsSchema } from "./schema/edge.ts";
import { listenersSchema } from "./schema/listeners.ts";
import { accessSchema, hostsSchema, joinSchema, networkSchema, testsSchema } from "./schema/network.ts";
import { policiesSchema, routesSchema } from "./schema/routes.ts";
import { servicesSchema } from "./schema/services.ts";

const version = z
  .literal(1, { error: "write version: 1" })
  .meta({ description: "The version of the file's language." });

/** A section that may be left out, or have its key alone: what is in it may be commented out. */
function section<Schema extends z.ZodType>(schema: Schema, empty: z.input<Schema>) {
  const none = schema.parse(empty);
  return schema
    .nullable()
    .meta({ description: schema.description })
    .transform((written): z.output<Schema> => written ?? none)
    .prefault(empty as z.core.util.NoUndefined<z.input<Schema>>);
}

const sections = {
  version,
  network: networkSchema,
  join: section(joinSchema, {}),
  hosts: section(hostsSchema, {}),
  access: section(accessSchema, []),
  tests: section(testsSchema, []),
  services: section(servicesSchema, {}),
  policies: section(policiesSchema, {}),
  routes: section(routesSchema, []),
  listeners: section(listenersSchema, []),
  tls: section(tlsSchema, {}),
  edge: section(edgeSchema, {}),
};

export const fileSchema = mapping(
  sections,
  "Portway's file.",
  "write `version: 1`, `network: …` and so on; `portway init` writes an example",
);

/** The keys of the file in the order in which they are written. */
export const sectionNames: readonly string[] = Object.keys(sections);

/** The file with units, addresses and selectors read, before names are resolved. */
export type Written = z.output<typeof fileSchema>;
