// services: where requests go.
import { addFault, choice, integer, list, mapping, parsed, plainText, port } from "../fields.ts";
import { Fault } from "../issue.ts";
import { byName } from "../names.ts";
import { duration } from "../quantities.ts";
import { selectorList } from "../selectors.ts";
import { parseUrlTarget } from "../targets.ts";

const url = parsed(
  {
    description: "A target outside the network.",
    hint: "write http://ADDRESS:PORT",
    examples: ["http://192.0.2.10:8080"],
  },
  parseUrlTarget,
);

const ejection = mapping(
  {
    errors: integer(1, 1000, "Failures in a row after which a target is left out.").prefault(3),
    cooldown: duration("How long it is left out.", "100ms", "1h").prefault("10s"),
  },
  "When a target that fails is left out for a while.",
);

const timeouts = mapping(
  {
    connect: duration("To connect to a target.", "10ms", "1m").prefault("2s"),
    send: duration("Between two writes of the request.", "10ms", "1d").prefault("30s"),
    read: duration("Between two reads of the response.", "10ms", "1d").prefault("60s"),
    response: duration("Until the response starts, over all tries; none unless told.", "10ms", "1d").optional(),
    total: duration("Until the response ends; none unless told.", "10ms", "30d").optional(),
  },
  "How long the gateway waits for a target.",
);

const health = mapping(
  {
    path: plainText("The path that is asked.", "write a path such as /healthz"),
    every: duration("How often.", "100ms", "1h").optional(),
  },
  "Asks each target whether it is well.",
);

const breaker = mapping(
  {
    errors: integer(1, 1_000_000, "Failures in a row that open it.").optional(),
    active: integer(1, 1_000_000, "Requests in flight that open it.").optional(),
    cooldown: duration("How long it stays open.", "100ms", "1h").optional(),
  },
  "Stops requests to a service that fails.",
);

const serviceSchema = mapping(
  {
    targets: selectorList("Hosts of the network that serve it.").optional(),
    urls: list(
      url,
      { description: "Targets outside the network.", hint: "write a list of URLs" },
      { min: 1 },
    ).optional(),
    port: port("The port on the hosts of `targets`.").optional(),
    balance: choice(["roundRobin", "leastConnections", "leastLatency", "hash"], "How a target is chosen.").prefault(
      "roundRobin",
    ),
    health: health.optional(),
    breaker: breaker.optional(),
    ejection: ejection.prefault({}),
    retries: integer(0, 3, "Further targets that an idempotent request is tried on.").prefault(1),
    timeouts: timeouts.prefault({}),
    protocol: choice(["http", "grpc"], "What targets speak: HTTP/1.1, or gRPC over HTTP/2 without TLS.").prefault(
      "http",
    ),
  },
  "A service: the same thing offered by one or more targets.",
  "write { targets: [tag:api], port: 8080 }",
).superRefine(({ targets, urls, port }, context) => {
  const fault = (code: string, message: string, hint: string, key: string) =>
    addFault(context, new Fault(code, message, hint), [key]);
  if (targets && urls)
    fault("contradiction", "a service has targets or urls, not both", "make two services of it", "urls");
  if (!targets && !urls)
    fault("missing", "targets is missing", "write targets: [tag:api] and a port, or urls", "targets");
  if (targets && port === undefined)
    fault("missing", "port is missing", "write the port that the targets listen on", "port");
  if (urls && !targets && port !== undefined)
    fault("contradiction", "port is for targets, and this service has urls", "write the port in each URL", "port");
});

export const servicesSchema = byName(serviceSchema, "The services by name.");
