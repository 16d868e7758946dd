// OpenAPI 3.1, made from the route table and the endpoints' schemas.
import { z } from "zod";
import { version } from "../../lib/version.ts";
import { type ApiRouteId, apiRoutes } from "../../wire/api-routes.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { problem } from "./shapes.ts";

const security = { public: [], admin: [{ adminToken: [] }], host: [{ hostCertificate: [] }] };

/** GET /openapi.json, over all other endpoints and itself. */
export function openapiEndpoint(others: Readonly<Record<Exclude<ApiRouteId, "openapi">, Endpoint>>) {
  const openapi = endpoint({
    summary: "This document.",
    answer: z.object({ openapi: z.string() }),
    handle: () => document,
  });
  const document = documentOf({ ...others, openapi });
  return { openapi };
}

function documentOf(endpoints: Readonly<Record<ApiRouteId, Endpoint>>) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const id of Object.keys(apiRoutes) as ApiRouteId[]) {
    const { path, method } = apiRoutes[id];
    const template = path.replace(/:(\w+)/g, "{$1}");
    paths[template] = { ...paths[template], [method.toLowerCase()]: operation(id, endpoints[id]) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Portway control", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths,
    components: {
      securitySchemes: {
        adminToken: { type: "http", scheme: "bearer", description: "pwa1.…; not needed on the local socket" },
        hostCertificate: { type: "mutualTLS", description: "the certificate that the host got when it joined" },
      },
      schemas: { Problem: schemaOf(problem) },
    },
  };
}

function operation(id: ApiRouteId, { summary, body, query, answer, status = 200, mediaType }: Endpoint) {
  const { path, access } = apiRoutes[id];
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return {
    operationId: id,
    summary,
    security: security[access],
    parameters: [...inPath, ...(query ? queryParameters(query) : [])],
    ...(body && {
      requestBody: { required: true, content: { "application/json": { schema: schemaOf(body, "input") } } },
    }),
    responses: {
      [status]: {
        description: "success",
        content: { [mediaType ?? "application/json"]: { schema: schemaOf(answer) } },
      },
      default: {
        description: "an error, by its code",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function queryParameters(query: z.ZodType) {
  const { properties = {}, required = [] } = schemaOf(query, "input");
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function schemaOf(schema: z.ZodType, io: "input" | "output" = "output") {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
