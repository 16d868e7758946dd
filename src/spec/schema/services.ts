// services: where requests go.
import { z } from "zod";

import { addFault, choice, list, mapping, port } from "../fields.ts";
import { Fault } from "../issue.ts";
import { byName } from "../names.ts";
import { duration } from "../quantities.ts";
import { hostSelector, selectorHint } from "../selectors.ts";
import { balance, hash, locality, retries, slowStart, sticky, weight } from "./balancing.ts";
import { breaker, ejection, health, overload } from "./service-health.ts";
import { serviceTls } from "./service-tls.ts";
import { checkUrls, resolve, url } from "./service-urls.ts";

const weightedUrl = mapping({ url, weight }, "A target with a weight.", "write { url: http://HOST:PORT, weight: 2 }");
const weightedHosts = mapping(
  { select: hostSelector, weight },
  "Hosts with a weight.",
  "write { select: tag:api, weight: 2 }",
);

const targetHint = `write a list such as [tag:api]; ${selectorHint}`;

const timeouts = mapping(
  {
    connect: duration("To connect to a target.", "10ms", "1m").prefault("2s"),
    send: duration("Between two writes of the request.", "10ms", "1d").prefault("30s"),
    read: duration("Between two reads of the response.", "10ms", "1d").prefault("60s"),
    response: duration("Until the response starts, over all tries; none unless told.", "10ms", "1d").optional(),
    total: duration("Until the response ends; none unless told.", "10ms", "30d").optional(),
  },
  "How long the gateway waits for a target.",
  "write { connect: 2s, read: 60s }",
);

const serviceSchema = mapping(
  {
    targets: list(
      z.union([hostSelector, weightedHosts.transform(({ select, weight }) => ({ ...select, weight }))], {
        error: "write tag:NAME, a host's name, or { select: tag:NAME, weight: 2 }",
      }),
      { description: "Hosts of the network that serve it.", hint: targetHint },
      { min: 1 },
    ).optional(),
    urls: list(
      z.union([url, weightedUrl.transform(({ url, weight }) => ({ ...url, weight }))], {
        error: "write http://HOST:PORT, or { url: http://HOST:PORT, weight: 2 }",
      }),
      { description: "Targets outside the network.", hint: "write a list of URLs" },
      { min: 1 },
    ).optional(),
    resolve: resolve.optional(),
    port: port("The port on the hosts of `targets`.").optional(),
    balance,
    hash: hash.optional(),
    sticky: sticky.optional(),
    slowStart: slowStart.optional(),
    locality,
    health: health.optional(),
    breaker: breaker.optional(),
    overload: overload.optional(),
    ejection: ejection.prefault({}),
    retries,
    timeouts: timeouts.prefault({}),
    protocol: choice(["http", "grpc"], "What targets speak: HTTP/1.1, or gRPC over HTTP/2.").prefault("http"),
    tls: serviceTls.optional(),
  },
  "A service: the same thing offered by one or more targets.",
  "write { targets: [tag:api], port: 8080 }",
).superRefine((service, context) => {
  const { targets, urls, port, balance, hash, retries, timeouts, overload } = service;
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
  if (hash && balance !== "hash")
    fault("contradiction", `hash is for balance: hash, and balance is ${balance}`, "write balance: hash", "hash");
  if (overload && overload.latency > timeouts.read)
    fault("contradiction", "overload.latency is longer than timeouts.read", "write a shorter one", "overload");
  checkUrls(service, (code, message, hint, path) => addFault(context, new Fault(code, message, hint), [...path]));
  if (typeof retries === "number" || retries.tryTimeout === undefined) return;
  if (retries.most === 0)
    fault("contradiction", "tryTimeout has no use without retries", "write most: 1, or take it out", "retries");
  if (retries.tryTimeout > timeouts.read)
    fault("contradiction", "tryTimeout is longer than timeouts.read", "write a shorter one", "retries");
  if (timeouts.response !== undefined && retries.tryTimeout >= timeouts.response)
    fault(
      "contradiction",
      "tryTimeout leaves no time for another try in timeouts.response",
      "write a shorter one",
      "retries",
    );
});

export const servicesSchema = byName(serviceSchema, "The services by name.");
