// What keeps requests away from targets that fail: active checks, ejection, circuit breakers.
import { z } from "zod";
import { addFault, integer, list, mapping, parsed, plainText, port } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import { duration, percent } from "../quantities.ts";

const statusHint = "write a status such as 200, or a range such as 200-299";

/** `200` or `200-299`. */
function parseStatuses(text: string): { first: number; last: number } | Fault {
  const match = /^([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (first <= last) return { first, last };
  return new Fault("invalidStatus", `${quote(text)} is not a status or a range of them`, statusHint);
}

const path = parsed({ description: "The path that is asked.", hint: "write a path such as /healthz" }, (text) => {
  if (/^\/[!-~]{0,1023}$/.test(text)) return text;
  return new Fault("invalidPath", `${quote(text)} is not a path`, "write a path such as /healthz");
});

const host = parsed({ description: "The Host header.", hint: "write a name such as api.example.com" }, (text) => {
  if (/^[A-Za-z0-9.:[\]_-]{1,255}$/.test(text)) return text;
  return new Fault("invalidName", `${quote(text)} is not a host name`, "write a name such as api.example.com");
});

const grpcService = parsed({ description: "A gRPC service.", hint: "write a name such as acme.Orders" }, (text) => {
  if (/^[\w.]{1,255}$/.test(text)) return text;
  return new Fault(
    "invalidName",
    `${quote(text)} is not the name of a gRPC service`,
    "write a name such as acme.Orders",
  );
});

const httpOnly = ["path", "host", "status", "body"] as const;

/** `health`: HTTP by default, gRPC's health protocol with `grpc`, a mere connection with `tcp: true`. */
export const health = mapping(
  {
    path: path.optional(),
    host: host.optional(),
    status: list(
      z.union(
        [
          integer(100, 599, "A status.").transform((status) => ({ first: status, last: status })),
          parsed({ description: "A status or a range of them.", hint: statusHint }, parseStatuses),
        ],
        { error: statusHint },
      ),
      { description: "Answers that are well; 200-299 unless told.", hint: "write a list such as [200-299, 401]" },
      { min: 1, max: 20 },
    ).optional(),
    body: plainText("Text that the first 64 KiB of the answer must hold.", "write a text such as ok").optional(),
    grpc: mapping(
      { service: grpcService.optional() },
      "Asks by gRPC's health protocol, over HTTP/2.",
      "write grpc: {} for the server as a whole, or grpc: { service: NAME }",
    ).optional(),
    tcp: mapping({}, "Is content with a connection.", "write tcp: {}").optional(),
    port: port("The port that is asked, unless it is the target's own.").optional(),
    every: duration("How often each target is asked.", "100ms", "1h").prefault("5s"),
    timeout: duration("How long an answer may take.", "10ms", "1m").prefault("2s"),
    rise: integer(1, 100, "Answers in a row that bring a target back.").prefault(2),
    fall: integer(1, 100, "Failures in a row that take a target out.").prefault(3),
  },
  "Asks each target whether it is well.",
  "write { path: /healthz, every: 5s }, { grpc: {} } or { tcp: {} }",
).superRefine((health, context) => {
  const fault = (code: string, message: string, hint: string, key: string) =>
    addFault(context, new Fault(code, message, hint), [key]);
  if (health.grpc && health.tcp) fault("contradiction", "a check is gRPC or TCP, not both", "take one out", "tcp");
  const other = health.grpc ? "grpc" : health.tcp ? "tcp" : undefined;
  if (other === undefined && health.path === undefined)
    fault("missing", "path is missing", "write a path such as /healthz, or grpc: {} or tcp: {}", "path");
  for (const key of other === undefined ? [] : httpOnly)
    if (health[key] !== undefined)
      fault("contradiction", `${key} is for HTTP, and this check is ${other}`, `take ${key} or ${other} out`, key);
});

/** `ejection`. */
export const ejection = mapping(
  {
    errors: integer(1, 1000, "Failures in a row after which a target is left out.").prefault(3),
    share: percent("How far a target's share of errors may be above that of the others.", 1, 100).optional(),
    cooldown: duration("How long it is left out at first.", "100ms", "1h").prefault("10s"),
    longest: duration("How long it is left out at most: each time twice as long.", "100ms", "1d").optional(),
    floor: percent("Of the targets, that are never left out.", 0, 100).prefault("0%"),
  },
  "When a target that fails is left out for a while.",
).superRefine(({ cooldown, longest }, context) => {
  if (longest === undefined || longest >= cooldown) return;
  const hint = "write a longest that is not below cooldown";
  addFault(context, new Fault("contradiction", "longest is shorter than cooldown", hint), ["longest"]);
});

/** `overload`. */
export const overload = mapping(
  {
    latency: duration("How long answers may take on average.", "1ms", "10m"),
    least: integer(1, 1_000_000, "Requests of each worker that may always wait, however long answers take.").prefault(
      8,
    ),
  },
  "Refuses what its targets cannot answer in time.",
  "write { latency: 250ms }",
);

/** `breaker`. */
export const breaker = mapping(
  {
    errors: integer(1, 1_000_000, "Failures in a row that open it.").optional(),
    share: percent("Share of failures that opens it.", 1, 100).optional(),
    window: duration("The time over which the share is counted.", "1s", "10m").prefault("10s"),
    least: integer(1, 1_000_000, "Requests in the window below which the share says nothing.").prefault(20),
    active: integer(1, 1_000_000, "Requests at a time; further ones are refused.").optional(),
    pending: integer(1, 1_000_000, "Requests at a time that wait for an answer to begin.").optional(),
    cooldown: duration("How long it stays open.", "100ms", "1h").prefault("10s"),
    probes: integer(1, 1000, "Requests that are let through afterwards, all of which must succeed.").prefault(3),
  },
  "Refuses requests to a service that fails or has too many.",
  "write { errors: 5, active: 256 }",
).superRefine(({ errors, share, active, pending }, context) => {
  if ((errors ?? share ?? active ?? pending) === undefined) {
    const hint = "write errors, share, active or pending";
    addFault(context, new Fault("missing", "nothing opens this breaker", hint), ["errors"]);
  }
  if (active !== undefined && pending !== undefined && pending > active) {
    const hint = "write a pending that is not above active";
    addFault(context, new Fault("contradiction", "more may wait than may be there: pending is above active", hint), [
      "pending",
    ]);
  }
});
