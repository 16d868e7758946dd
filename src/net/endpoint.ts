// Where a host is reached: a name or an address, and a port.
import { canonicalAddress } from "./address.ts";
import { isDnsName } from "./dns-name.ts";

export interface HostPort {
  /** Lower-case DNS name, canonical IPv4 or IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A port from 1 to 65535, in decimal without leading zeros. */
export function parsePort(text: string): number | undefined {
  if (!/^[1-9][0-9]{0,4}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65535 ? port : undefined;
}

/** Parses `name`, `name:port`, `1.2.3.4:port`, `::1` or `[::1]:port`; without a port, the default. */
export function parseEndpoint(text: string, defaultPort: number): HostPort | undefined {
  const { hostText, portText } = splitEndpoint(text);
  const host = hostText === undefined ? undefined : canonicalHost(hostText);
  const port = portText === undefined ? defaultPort : parsePort(portText);
  return host === undefined || port === undefined ? undefined : { host, port };
}

/** `host:port`, with brackets around IPv6: what WireGuard and URLs want. */
export function formatEndpoint(endpoint: HostPort): string {
  return `${endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}`;
}

function splitEndpoint(text: string): { hostText: string | undefined; portText: string | undefined } {
  const bracketed = /^\[([^[\]]*:[^[\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) return { hostText: bracketed[1], portText: bracketed[2] };
  const colon = text.indexOf(":");
  if (colon < 0 || colon !== text.lastIndexOf(":")) return { hostText: text, portText: undefined };
  return { hostText: text.slice(0, colon), portText: text.slice(colon + 1) };
}

function canonicalHost(text: string): string | undefined {
  const name = text.toLowerCase();
  if (/^[0-9.]*$/.test(name) || name.includes(":")) return canonicalAddress(name);
  return isDnsName(name) ? name : undefined;
}
