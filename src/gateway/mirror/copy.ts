// The text of a copied request, as nginx would send it to a target: the headers as plugins have left them, but for those that
// belong to a connection and those that only a proxy may say.
import type { RequestRecord } from "../record.ts";
import { currentRequest, variable } from "../request.ts";

const mostHeaders = 100;

/** Of a connection (RFC 9110 section 7.6.1), or written anew below. */
const left = [
  ...["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"],
  ...[
    "content-length",
    "host",
    "proxy",
    "x-request-id",
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
  ],
  ...["true-client-ip", "x-original-url", "x-rewrite-url", "front-end-https", "portway-debug"],
];
const isLeft: Record<string, true> = {};
for (const name of left) isLeft[name] = true;

function lines(headers: Readonly<Record<string, string | readonly string[] | undefined>>): string[] {
  const texts: string[] = [];
  for (const name in headers) {
    const lower = name.toLowerCase();
    if (isLeft[lower] !== undefined || lower.startsWith("x-forwarded-")) continue;
    const value = headers[name];
    const values = typeof value === "string" ? [value] : (value ?? []);
    for (const one of values) texts.push(`${name}: ${one}`);
  }
  return texts;
}

/** The path as the service gets it, in one spelling. */
function target(): string {
  const pointer = currentRequest();
  const [path] = string.gsub(variable(pointer, "uri") ?? "/", "[^%w%-._~!$&'()*+,:=@/]", (one: string) =>
    string.format("%%%02X", string.byte(one)),
  );
  const query = variable(pointer, "args") ?? "";
  return query === "" ? path : `${path}?${query}`;
}

export function copyOf(request: RequestRecord, body: string): string {
  const pointer = currentRequest();
  const client = variable(pointer, "remote_addr") ?? "";
  const texts = [
    `${request.method} ${target()} HTTP/1.1`,
    `Host: ${variable(pointer, "portway_host") ?? request.host}`,
    "Connection: close",
    `X-Request-Id: ${request.id}`,
    `X-Forwarded-For: ${client}`,
    `X-Forwarded-Proto: ${request.isSecure ? "https" : "http"}`,
    `X-Forwarded-Host: ${request.host}`,
    ...lines(ngx.req.get_headers(mostHeaders)),
  ];
  if (body !== "") texts.push(`Content-Length: ${body.length}`);
  return `${texts.join("\r\n")}\r\n\r\n${body}`;
}
