// tls and edge: certificates, ports and the settings of the public side.
import { z } from "zod";
import { prefixList } from "../addresses.ts";
import { addFault, filePath, flag, integer, list, mapping, parsed, plainText, port } from "../fields.ts";
import { Fault } from "../issue.ts";
import { checkHostPattern } from "../matching.ts";
import { duration, percentage, size } from "../quantities.ts";
import { edgeLimitsSchema } from "./edge-limits.ts";

const certificateName = parsed({ description: "A name or *.example.com.", hint: "write a host name" }, (text) =>
  text === "*"
    ? new Fault("invalidHost", '"*" is not a name that a certificate can have', "write *.example.com or a whole name")
    : checkHostPattern(text),
);

const certificate = mapping(
  {
    certificate: filePath("PEM file on each edge host: the certificate and its intermediates."),
    key: filePath("PEM file on each edge host: the private key."),
    names: list(
      certificateName,
      { description: "Names it is for.", hint: "write a list: [api.example.com]" },
      { min: 1 },
    ),
  },
  "A certificate from files.",
  "write { certificate: /path.pem, key: /path.key, names: [api.example.com] }",
);

const acme = mapping(
  { email: plainText("Where the authority writes to.", "write an address such as ops@example.com") },
  "Gets certificates by itself.",
);

export const tlsSchema = mapping(
  {
    certificates: list(certificate, {
      description: "Certificates from files.",
      hint: "write a list of certificates",
    }).prefault([]),
    selfSigned: flag(
      "Makes a certificate that no one trusts for every name of a route that no file covers: for labs. Any other name gets a TLS alert.",
    ).prefault(false),
    acme: acme.optional(),
  },
  "Where certificates come from.",
  "write { certificates: […] } or { selfSigned: true }",
);

const count = (max: number, description: string) => integer(1, max, description).optional();

const tuning = mapping(
  {
    workers: count(1024, "nginx worker processes."),
    connections: integer(64, 4_000_000, "Connections a worker holds.").optional(),
    openFiles: integer(1024, 16_000_000, "Open files a worker may have.").optional(),
    backlog: count(1_000_000, "Connections that wait to be accepted."),
    clientKeepalive: duration("How long an idle client connection is kept.", "1s", "1h").optional(),
    upstreamKeepalive: count(1_000_000, "Idle connections to targets that a worker keeps."),
    shutdownTimeout: duration(
      "How long an old worker lives on after a reload; for ever unless told.",
      "1s",
      "7d",
    ).optional(),
  },
  "Values that replace those chosen from the machine's size.",
);

const why = mapping(
  {
    sample: percentage("Share of the requests that is kept for `portway why` beside those that fail.", 0, 100).prefault(
      "1%",
    ),
  },
  "What is kept for `portway why`.",
);

const off = z.literal(false);

const http = mapping(
  {
    port: port("TCP port.").prefault(80),
    redirect: flag("Sends requests to HTTPS; true unless https is false.").optional(),
  },
  "The plain HTTP listener.",
);

const https = mapping({ port: port("TCP port.").prefault(443) }, "The HTTPS listener.");

export const edgeSchema = mapping(
  {
    http: z
      .union([off, http], { error: "write false, or { port: 80 }" })
      .prefault({})
      .meta({ description: "The HTTP listener; false: none." }),
    https: z
      .union([off, https], { error: "write false, or { port: 443 }" })
      .prefault({})
      .meta({ description: "The HTTPS listener; false: none." }),
    trustedProxies: prefixList(
      {
        description: "Proxies whose X-Forwarded-For, Forwarded or PROXY header is believed.",
        hint: "write a list of addresses and ranges",
      },
      0,
    ).prefault([]),
    proxyProtocol: flag(
      "Whether every connection starts with a PROXY protocol header, which trustedProxies alone are believed.",
    ).prefault(false),
    forwarded: flag(
      "Whether Forwarded (RFC 7239) is spoken: believed of trustedProxies in place of X-Forwarded-For, and sent to targets.",
    ).prefault(false),
    maxHeader: size("The largest request header.", "1KiB", "1MiB").prefault("32KiB"),
    limits: edgeLimitsSchema,
    accessLog: z
      .union([z.boolean(), z.literal("stdout")], { error: "write true, false or stdout" })
      .prefault(true)
      .meta({
        description: "Whether each request is logged as JSON: to a file, or also to the edge's standard output.",
      }),
    why: why.prefault({}),
    tuning: tuning.prefault({}),
  },
  "The public side of every edge host.",
).superRefine(({ http, https, proxyProtocol, trustedProxies }, context) => {
  const fault = (message: string, hint: string, path: string[]) =>
    addFault(context, new Fault("contradiction", message, hint), path);
  if (http && http.redirect === true && !https)
    fault("http redirects to HTTPS, and https is false", "take redirect out", ["http", "redirect"]);
  if (http && https && http.port === https.port)
    fault(`http and https both have port ${http.port}`, "choose another port", ["https", "port"]);
  if (proxyProtocol && trustedProxies.length === 0)
    fault("proxyProtocol is on, and no proxy is trusted", "name the proxies in trustedProxies", ["proxyProtocol"]);
});
