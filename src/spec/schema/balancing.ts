// How a service spreads its requests over its targets, and when it tries another.
import { z } from "zod";
import { choice, flag, integer, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import { isHeaderName } from "../plugins/header-names.ts";
import { duration, durationSeconds, percentage } from "../quantities.ts";
import type { HashSpec } from "../service-types.ts";

export const weight = integer(1, 1000, "Its part of the requests, against the other targets' parts.").prefault(1);

export const balance = choice(
  ["roundRobin", "leastConnections", "leastLatency", "hash"],
  "How a target is chosen.",
).prefault("roundRobin");

const onHint = "write clientIp, path, header:NAME or cookie:NAME";
const cookieHint = "write letters, digits, _ and -, 64 at most";

function isCookieName(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

function parseOn(text: string): Pick<HashSpec, "on" | "name"> | Fault {
  if (text === "clientIp" || text === "path") return { on: text };
  const [, on, name = ""] = /^(header|cookie):(.+)$/.exec(text) ?? [];
  if (on === "header" && isHeaderName(name)) return { on, name: name.toLowerCase() };
  if (on === "cookie" && isCookieName(name)) return { on, name };
  return new Fault("invalidValue", `requests cannot be hashed on ${quote(text)}`, onHint);
}

export const hash = mapping(
  {
    on: parsed(
      { description: "What sends a request to its target.", hint: onHint, examples: ["clientIp", "header:X-Tenant"] },
      parseOn,
    ).prefault("clientIp"),
    bound: percentage("Most requests in flight of a target, of its share of them.", 101, 1000).prefault("125%"),
  },
  "What `balance: hash` goes by.",
  "write { on: header:X-Tenant }",
).transform(({ on, bound }): HashSpec => ({ ...on, boundPercent: bound }));

export const cookieName = (description: string) =>
  parsed({ description, hint: cookieHint }, (text) =>
    isCookieName(text) ? text : new Fault("invalidValue", `${quote(text)} is not a name for this cookie`, cookieHint),
  );
export const cookieAge = durationSeconds("How long browsers keep it; until they are closed unless told.", "1s", "365d");

const stickyOptions = mapping(
  {
    cookie: cookieName("The cookie's name; portway- and the service's unless told.").optional(),
    maxAge: cookieAge.optional(),
  },
  "Options of the cookie.",
);

export const sticky = z
  .union([flag("A cookie with its defaults."), stickyOptions], { error: "write true, or { cookie: NAME, maxAge: 1d }" })
  .meta({ description: "A cookie keeps each client with its target." });

export const slowStart = duration("How long a target that joins takes less than its weight.", "1s", "1h");

export const locality = choice(
  ["none", "sameHost", "nearest"],
  "sameHost: an edge that is a target itself takes all of its requests while it is healthy; nearest: else the targets with the lowest round trip through their tunnel do.",
).prefault("none");

const most = integer(0, 3, "Further targets that an idempotent request is tried on.");

const retryOptions = mapping(
  {
    most: most.prefault(1),
    tryTimeout: duration(
      "How long a try may take until its headers while another may follow.",
      "10ms",
      "1h",
    ).optional(),
    budget: percentage("Retries of a worker, of its requests in the last seconds.", 0, 100).prefault("20%"),
    least: integer(0, 1000, "Retries in ten seconds that each worker may make in any case.").prefault(10),
  },
  "When a request is tried on another target.",
);

export const retries = z
  .union([most, retryOptions], { error: "write a whole number from 0 to 3, or { most: 1, budget: 20% }" })
  .prefault(1)
  .meta({ description: "When a request is tried on another target." });
