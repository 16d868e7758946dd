// The API as one function from a request to an answer: the route table, who may call, what may be sent, and errors as
// problem documents (RFC 9457). One file of this folder a resource.
import type { IncomingMessage, ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { type ApiRouteId, apiRoutes } from "../../wire/api-routes.ts";
import { AppError, errorStatus, toProblem } from "../../wire/errors.ts";
import { type Caller, callerOf, type Door, demandAccess } from "../caller.ts";
import type { Control } from "../control.ts";
import { serveDashboard } from "../dashboard.ts";
import { knownError, toldError } from "../errors.ts";
import { auditEndpoints } from "./audit.ts";
import { authorityEndpoints } from "./authority.ts";
import { readJson } from "./body.ts";
import { canEndpoints } from "./can.ts";
import { debugTokensEndpoints } from "./debug-tokens.ts";
import { drainsEndpoints } from "./drains.ts";
import { checked, type Endpoint, streamed } from "./endpoint.ts";
import { eventsEndpoints } from "./events.ts";
import { hostsEndpoints } from "./hosts.ts";
import { inventoryEndpoints } from "./inventory.ts";
import { joinEndpoints } from "./join.ts";
import { openapiEndpoint } from "./openapi.ts";
import { pingEndpoints } from "./ping.ts";
import { rotationEndpoints } from "./rotation.ts";
import { routesEndpoints } from "./routes.ts";
import { selfEndpoints } from "./self.ts";
import { specEndpoints } from "./spec.ts";
import { speedEndpoints } from "./speed.ts";
import { statusEndpoints } from "./status.ts";
import { streamEndpoints } from "./stream.ts";
import { tokensEndpoints } from "./tokens.ts";
import { topEndpoints } from "./top.ts";
import { traceEndpoints } from "./trace.ts";
import { whyEndpoints } from "./why.ts";

export interface Bindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly door: Door;
}

type Asked = Context<{ Bindings: Bindings }>;

const nobody: Caller = { kind: "nobody" };

/** The API over a running control. */
export function createApi(control: Control): Hono<{ Bindings: Bindings }> {
  const endpoints = endpointsOf(control);
  const app = new Hono<{ Bindings: Bindings }>();
  app.use((_, next) => control.compiled.then(next));
  for (const id of Object.keys(apiRoutes) as ApiRouteId[]) {
    const { method, path } = apiRoutes[id];
    app.on(method, path, (context) => counted(control, id, answer(control, id, endpoints[id], context)));
  }
  serveDashboard(app);
  app.notFound((context) => counted(control, "none", problemOf(noSuchRoute(context))));
  app.onError((error) => {
    if (!knownError(error)) control.log.error({ err: error }, "a request failed");
    return problemOf(toldError(error));
  });
  return app;
}

/** Counts an answer, or the error that becomes one. */
async function counted(
  { tally }: Control,
  route: ApiRouteId | "none",
  answering: Response | Promise<Response>,
): Promise<Response> {
  try {
    const response = await answering;
    tally.asked(route, response.status);
    return response;
  } catch (error) {
    tally.asked(route, errorStatus[toldError(error).code]);
    throw error;
  }
}

/** Every endpoint by its id: the type holds that none is missing. */
function endpointsOf(control: Control): Readonly<Record<ApiRouteId, Endpoint>> {
  const all = {
    ...authorityEndpoints(control),
    ...joinEndpoints(control),
    ...specEndpoints(control),
    ...routesEndpoints(control),
    ...hostsEndpoints(control),
    ...drainsEndpoints(control),
    ...tokensEndpoints(control),
    ...inventoryEndpoints(control),
    ...debugTokensEndpoints(control),
    ...canEndpoints(control),
    ...traceEndpoints(control),
    ...statusEndpoints(control),
    ...auditEndpoints(control),
    ...eventsEndpoints(control),
    ...streamEndpoints(control),
    ...pingEndpoints(control),
    ...speedEndpoints(control),
    ...selfEndpoints(control),
    ...whyEndpoints(control),
    ...topEndpoints(control),
    ...rotationEndpoints(control),
  };
  return { ...all, ...openapiEndpoint(all) };
}

async function answer(control: Control, id: ApiRouteId, endpoint: Endpoint, context: Asked): Promise<Response> {
  const { incoming, outgoing, door } = context.env;
  const { access, method } = apiRoutes[id];
  if (incoming.method !== method) throw noSuchRoute(context); // HEAD, which Hono would take for GET
  const caller = access === "public" ? nobody : await callerOf(control, door, incoming);
  demandAccess(access, caller);
  const result = await endpoint.handle({
    caller,
    params: context.req.param(),
    query: endpoint.query ? checked(endpoint.query, context.req.query(), "the query") : undefined,
    body: endpoint.body
      ? checked(endpoint.body, await readJson(incoming, endpoint.maxBodyBytes), "the body")
      : undefined,
    incoming,
    outgoing,
  });
  if (result === streamed) return RESPONSE_ALREADY_SENT;
  return context.json(result as object, endpoint.status ?? 200, { "cache-control": "no-store" });
}

/** 405 where the path is one of the API's with another method, else 404. */
function noSuchRoute({ req }: Asked): AppError {
  const others = Object.values(apiRoutes).filter(({ path }) =>
    new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`).test(req.path),
  );
  if (others.length === 0)
    return new AppError("notFound", "there is nothing at this path", { hint: "see /openapi.json" });
  const allow = [...new Set(others.map(({ method }) => method))].join(", ");
  return new AppError("methodNotAllowed", `this path takes ${allow}`, { details: { allow } });
}

/** An error as its answer. */
export function problemOf(error: AppError): Response {
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  const details = (error.details ?? {}) as { readonly allow?: string; readonly retryAfterSeconds?: number };
  if (error.code === "methodNotAllowed" && details.allow) headers.set("allow", details.allow);
  if (error.code === "tooManyRequests") headers.set("retry-after", String(details.retryAfterSeconds ?? 1));
  if (errorStatus[error.code] === 401) headers.set("www-authenticate", 'Bearer realm="portway"');
  if (error.code === "tooLarge") headers.set("connection", "close");
  return new Response(JSON.stringify(toProblem(error)), { status: errorStatus[error.code], headers });
}
