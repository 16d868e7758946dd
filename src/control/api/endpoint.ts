// One endpoint of the API: its schemas, what it says of itself in OpenAPI, and what it does.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import { AppError } from "../../wire/errors.ts";
import type { Caller } from "../caller.ts";

/** A request that passed authentication and its schemas. */
export interface Call<Body, Query> {
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly query: Query;
  readonly incoming: IncomingMessage;
  /** For an endpoint that writes its answer by itself, and then answers `streamed`. */
  readonly outgoing: ServerResponse;
}

/** An answer that the endpoint writes to `outgoing` and that may have no end. */
export const streamed = Symbol("streamed");

interface Definition<Body, Query> {
  readonly summary: string;
  readonly body?: z.ZodType<Body>;
  readonly query?: z.ZodType<Query>;
  /** 1.5 MiB unless told. */
  readonly maxBodyBytes?: number;
  /** Shape of the answer: documentation, and what keeps the code true to src/wire. */
  readonly answer: z.ZodType;
  /** 200 unless told. */
  readonly status?: 200 | 201;
  /** application/json unless told. */
  readonly mediaType?: string;
  readonly handle: (call: Call<Body, Query>) => Promise<unknown> | unknown;
}

export type Endpoint = Definition<unknown, unknown>;

/** Binds a handler to its schemas. Without a schema there is no body, and no query. */
export function endpoint<Body = undefined, Query = unknown>(definition: Definition<Body, Query>): Endpoint {
  return definition as Endpoint;
}

/** The value if it has the schema's shape; throws `invalidRequest` that names each field that has not. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
  const sentence = issues.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join("; ");
  throw new AppError("invalidRequest", `${what}: ${sentence}`, { details: { issues } });
}
