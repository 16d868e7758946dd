// Reads what `ip -json` prints of interfaces, routes and rules.
import type { Family } from "../../net/address.ts";
import {
  type Actual,
  familyOf,
  type LinkState,
  mainTable,
  planeNames,
  priorities,
  type Route,
  type Rule,
  routeProtocol,
  subnetMetric,
} from "../overlay/model.ts";
import type { OwnRoute } from "../subnets/onward-links.ts";

/** Portway's interfaces in `ip -json address show`. */
export function parseLinks(json: string): Map<string, LinkState> {
  const links = list<{
    ifindex?: number;
    ifname: string;
    mtu: number;
    flags: string[];
    addr_info: { local: string; prefixlen: number; scope: string }[];
  }>(json);
  const ours = links.filter((link) => (planeNames as readonly string[]).includes(link.ifname));
  return new Map(
    ours.map(({ ifindex, ifname, mtu, flags, addr_info }) => {
      const addresses = addr_info.filter(({ scope }) => scope !== "link").map((one) => `${one.local}/${one.prefixlen}`);
      const index = ifindex === undefined ? {} : { index: ifindex };
      return [ifname, { ...index, mtu, up: flags.includes("UP"), addresses: addresses.sort() }];
    }),
  );
}

/** `ip -json route show table all proto …`. */
export function parseRoutes(json: string): Actual["routes"] {
  const routes = list<{
    type?: string;
    dst: string;
    dev?: string;
    table?: string;
    prefsrc?: string;
    metric?: number;
    metrics?: { mtu?: number }[];
  }>(json);
  return routes.map(({ type, dst, dev, table, prefsrc, metric, metrics }): Route => {
    const mtu = metrics?.find((one) => one.mtu !== undefined)?.mtu;
    return {
      table: table ?? mainTable,
      destination: withLength(dst),
      ...(type === "throw" && { isThrown: true }),
      ...(type !== "unreachable" && type !== "throw" && dev !== undefined && { link: dev }),
      ...(prefsrc !== undefined && { source: prefsrc }),
      ...(mtu !== undefined && { mtu }),
      ...(metric === subnetMetric && { metric }), // IPv6 has one in every route
    };
  });
}

/** The machine's own routes in `ip -json route show table main` of one family: all that are not Portway's. */
export function parseOwnRoutes(json: string, family: Family): readonly OwnRoute[] {
  const routes = list<{ dst: string; dev?: string; protocol?: string; nexthops?: { dev?: string }[] }>(json);
  return routes
    .filter(({ protocol }) => protocol !== routeProtocol)
    .flatMap(({ dst, dev, nexthops = [] }) => {
      const destination = dst === "default" ? (family === 4 ? "0.0.0.0/0" : "::/0") : withLength(dst);
      return [dev, ...nexthops.map((one) => one.dev)].flatMap((link) =>
        link === undefined ? [] : [{ destination, link }],
      );
    });
}

/** Portway's rules in `ip -json rule show` of one family. */
export function parseRules(json: string, family: Family): readonly Rule[] {
  const rules = list<{
    priority: number;
    not?: null;
    iif?: string;
    dst?: string;
    dport?: number;
    fwmark?: string;
    table?: string;
    suppress_prefixlen?: number;
    protocol?: string;
  }>(json);
  const known: readonly number[] = Object.values(priorities);
  return rules
    .filter(({ priority, protocol }) => protocol === routeProtocol && known.includes(priority))
    .map(({ priority, table = "", iif, dst, dport, not, fwmark, suppress_prefixlen }) => ({
      ...{ family, priority, table },
      ...(iif !== undefined && { link: iif }),
      ...(dst !== undefined && dport !== undefined && { to: { address: dst, port: dport } }),
      ...(not === null && fwmark !== undefined && { unlessMarked: Number(fwmark) }),
      ...(suppress_prefixlen === 0 && { exceptDefault: true }),
    }));
}

/** `ip` prints nothing, not `[]`, for an empty list of routes. */
function list<T>(json: string): T[] {
  return json.trim() === "" ? [] : (JSON.parse(json) as T[]);
}

function withLength(destination: string): string {
  if (destination.includes("/")) return destination;
  if (destination === "default") return "default";
  return `${destination}/${familyOf(destination) === 4 ? 32 : 128}`;
}
