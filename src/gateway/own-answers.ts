// What a route answers itself, as the last step of its access: after the address lists, authentication and limits of its
// plugins. Redirects and fixed responses end the request there; maintenance is a refusal.
import type { RedirectConfig, RespondConfig, RouteObject } from "../wire/edge.ts";
import type { RequestRecord } from "./record.ts";
import { currentRequest, setAnswerHeader, variable } from "./request.ts";
import { pathBelow } from "./routing/path-below.ts";
import { noteOwnAnswer } from "./why/answered.ts";
import type { AccessStep } from "./world.ts";

/** Statuses whose answers tell no length (RFC 9110 section 8.6). */
const lengthless: Readonly<Record<number, true>> = { 204: true, 304: true };

function end(request: RequestRecord, plugin: "redirect" | "respond", status: number, body: string): number {
  noteOwnAnswer(request, plugin); // what is printed sends the headers
  ngx.status = status;
  if (lengthless[status] === undefined) ngx.header["Content-Length"] = body.length;
  if (body.length > 0) ngx.print(body);
  ngx.exit(ngx.HTTP_OK);
  return 0;
}

function close(request: RequestRecord, { retryAfterSeconds }: { readonly retryAfterSeconds: number }): number {
  setAnswerHeader(currentRequest(), "Retry-After", `${retryAfterSeconds}`);
  request.reason = "maintenance";
  return 503;
}

function respond(request: RequestRecord, { status, headers, body }: RespondConfig): number {
  for (const [name, value] of headers) ngx.header[name] = value;
  return end(request, "respond", status, body);
}

/** Empty where scheme and host stay: a reference without them needs nothing of what the client said. */
function originOf({ isSecure, host }: RequestRecord, config: RedirectConfig): string {
  if (config.scheme === undefined && config.host === undefined) return "";
  const scheme = config.scheme ?? (isSecure ? "https" : "http");
  const port = config.port === undefined ? "" : `:${config.port}`;
  return `${scheme}://${config.host ?? host}${port}`;
}

function redirect(request: RequestRecord, config: RedirectConfig): number {
  const pointer = currentRequest();
  const [target] = (variable(pointer, "request_uri") ?? "/").split("?");
  const query = variable(pointer, "args") ?? "";
  const prefix = config.prefix;
  const kept = prefix === undefined ? target! : prefix + pathBelow(request.route!.paths, request.path, target!);
  const path = config.path ?? (kept === "" ? "/" : kept);
  ngx.header["Location"] = originOf(request, config) + path + (query === "" ? "" : `?${query}`);
  return end(request, "redirect", config.status, "");
}

/** None for a route that only forwards. */
export function ownAnswers({ maintenance, redirect: target, respond: answer }: RouteObject): AccessStep[] {
  if (maintenance) return [{ plugin: "maintenance", run: close, ready: maintenance as never }];
  if (target) return [{ plugin: "redirect", run: redirect, ready: target as never }];
  return answer ? [{ plugin: "respond", run: respond, ready: answer as never }] : [];
}
