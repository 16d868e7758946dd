// The request that a person asks about, as the gateway would see it.
import { AppError } from "../../wire/errors.ts";

export interface AskedRequest {
  readonly method: string;
  readonly isSecure: boolean;
  /** Lower-case, without port and last dot, as nginx has it. */
  readonly host: string;
  /** Path and query as a client would send them. */
  readonly target: string;
  /** By lower-case name; of several the first. */
  readonly headers: ReadonlyMap<string, string>;
}

const usage = (message: string, hint: string) => new AppError("usage", message, { hint });

/** The URL is not normalised: dot segments and encodings are the gateway's to judge. */
export function askedRequest(method: string, url: string, headers: readonly string[]): AskedRequest {
  if (!/^[A-Z][A-Z-]{0,30}$/.test(method)) throw usage(`${method} is not a method`, "write a method such as GET first");
  const parts = /^(https?):\/\/([^/?#@]+?)(?::\d*)?([/?][^#\s]*)?$/i.exec(url);
  // nginx answers 400 to a host with an empty label in it
  if (!parts || parts[2]!.includes(".."))
    throw usage(`${url} is not a URL of HTTP`, "write https://, a host and a path: https://api.example.com/orders");
  const [, scheme, host, rest = "/"] = parts as unknown as [string, string, string, string?];
  return {
    method,
    isSecure: scheme.toLowerCase() === "https",
    host: host.toLowerCase().replace(/\.$/, ""),
    target: rest.startsWith("?") ? `/${rest}` : rest,
    headers: headersOf(headers),
  };
}

function headersOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw usage(`${line} is not a header`, "write -H 'X-Version: 2' for each header");
    if (!headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), value);
  }
  return headers;
}
