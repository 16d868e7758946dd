// What a route answers itself, and what it changes of requests: as the gateway gets it, and as a person reads it.
import type { RedirectSpec, RespondSpec, RewriteSpec, RouteSpec } from "../spec/route-types.ts";
import type { EdgeSpec } from "../spec/types.ts";
import { formatSize } from "../spec/units.ts";
import type { RedirectConfig, RespondConfig, RouteObject } from "../wire/edge.ts";
import { canonicalJson } from "./canonical-json.ts";
import { durationText } from "./duration-text.ts";
import type { Field, View } from "./fields.ts";
import { splitText } from "./split.ts";

type Answers = Pick<RouteObject, "redirect" | "respond" | "maintenance" | "rewrite">;

export function answerObject({ redirect, respond, maintenance, rewrite }: RouteSpec, edge: EdgeSpec): Answers {
  return {
    ...(redirect && { redirect: redirectConfig(redirect, edge) }),
    ...(respond && { respond: respondConfig(respond) }),
    ...(maintenance && { maintenance }),
    ...(rewrite && { rewrite }),
  };
}

const usualPort = { http: 80, https: 443 } as const;

/** The edge's own port belongs to its own names alone. */
function redirectConfig(redirect: RedirectSpec, edge: EdgeSpec): RedirectConfig {
  const { scheme, host } = redirect;
  const port = scheme && host === undefined ? edge[scheme]?.port : undefined;
  return { ...redirect, ...(port !== undefined && port !== usualPort[scheme!] && { port }) };
}

/** Content-Type first, told or not, where there is a body. */
function respondConfig({ status, headers, body }: RespondSpec): RespondConfig {
  const written = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  const hasType = body === "" || written.some(([name]) => name.toLowerCase() === "content-type");
  return {
    status,
    headers: [...(hasType ? [] : [["Content-Type", "text/plain; charset=utf-8"] as const]), ...written],
    body,
  };
}

/** One field an answer; empty where there is none. */
export function answerView({ redirect, respond, maintenance, rewrite }: RouteSpec): View {
  return {
    redirect: redirect ? redirectText(redirect) : "",
    respond: respond ? respondField(respond) : "",
    rewrite: rewrite ? elsewhereText(rewrite) : "",
    maintenance: maintenance ? `503, come back after ${durationText(maintenance.retryAfterSeconds * 1000)}` : "",
  };
}

/** Where a route's requests end up, in a few words. */
export function destinationText({ service = "", split, redirect, respond, maintenance }: RouteSpec): string {
  const services = split ? splitText(split) : service;
  const open = redirect ? redirectText(redirect) : respond ? `answers ${respond.status}` : services;
  return maintenance ? `closed (${open})` : open;
}

/** `308 to https://www.example.com/new/…`: what the request keeps is left out or `…`. */
function redirectText({ status, scheme, host, ...place }: RedirectSpec): string {
  const origin = scheme || host ? `${scheme ?? "same scheme"}://${host ?? "same host"}` : "";
  return `${status} to ${origin}${elsewhereText(place)}`;
}

/** `host/path`, as far as they change. */
function elsewhereText({ host = "", path, prefix }: RewriteSpec): string {
  return host + (path ?? (prefix === undefined ? "" : `${prefix}/…`));
}

/** Headers and body may hold what only some clients may see: names and size are shown. */
function respondField({ status, headers, body }: RespondSpec): Field {
  const names = Object.keys(headers).sort();
  const parts = [String(status), ...(names.length > 0 ? [`headers ${names.join(", ")}`] : [])];
  return {
    text: [...parts, ...(body === "" ? [] : [`body of ${formatSize(Buffer.byteLength(body))}`])].join(", "),
    secret: canonicalJson([headers, body]),
  };
}
