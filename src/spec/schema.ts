// The file's language as a zod schema, in the order in which its parts are written. Parts that are not supported yet have
// their final form here, and not-yet.ts refuses them.
import { z } from "zod";
import { mapping } from "./fields.ts";
import { edgeSchema, tlsSchema } from "./schema/edge.ts";
import { accessSchema, hostsSchema, networkSchema } from "./schema/network.ts";
import { policiesSchema, routesSchema } from "./schema/routes.ts";
import { servicesSchema } from "./schema/services.ts";

const version = z
  .literal(1, { error: "write version: 1" })
  .meta({ description: "The version of the file's language." });

const sections = {
  version,
  network: networkSchema,
  hosts: hostsSchema.prefault({}),
  access: accessSchema.prefault([]),
  services: servicesSchema.prefault({}),
  policies: policiesSchema.prefault({}),
  routes: routesSchema.prefault([]),
  tls: tlsSchema.prefault({}),
  edge: edgeSchema.prefault({}),
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
