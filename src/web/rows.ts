// What the tables say, from what the API answers.
import type { TopAnswer } from "../wire/api.ts";
import type { HostDetail } from "../wire/hosts.ts";
import type { RouteView } from "../wire/routes.ts";
import type { PeerStatus } from "../wire/stream.ts";
import type { Warning } from "../wire/warnings.ts";

export interface HostRow {
  readonly name: string;
  readonly address: string;
  readonly state: "online" | "offline" | "noPeers" | "waiting" | "notJoined";
  readonly kind: string;
  readonly path: string;
  readonly roundTrip: string;
  readonly peers: string;
}

export function hostRow(host: HostDetail): HostRow {
  const peers = host.agent?.peers ?? [];
  const online = peers.filter((peer) => peer.online);
  const best = online.toSorted((a, b) => (a.roundTripMs ?? Infinity) - (b.roundTripMs ?? Infinity))[0];
  return {
    name: host.name,
    address: host.ipv4,
    state: stateOf(host),
    kind: [...host.roles, ...host.tags].join(", ") || "–",
    path: best ? pathText(best) : "–",
    roundTrip: best?.roundTripMs === undefined ? "–" : `${best.roundTripMs.toFixed(1)} ms`,
    peers: peers.length === 0 ? "–" : `${online.length} of ${peers.length}`,
  };
}

export interface RouteRow {
  readonly name: string;
  /** What it takes: `api.example.com/orders/`, each name with each path. */
  readonly takes: readonly string[];
  readonly methods: string;
  readonly destination: string;
  readonly targets: string;
  /** Some target is left out. */
  readonly isShort: boolean;
  readonly plugins: string;
  readonly requests: string;
  readonly errors: string;
  readonly p99: string;
}

/** Targets and rates are those of all edges together; a target counts once an edge. */
export function routeRow(route: RouteView, hosts: readonly HostDetail[], top?: TopAnswer): RouteRow {
  const targets = hosts
    .flatMap(({ edge }) => edge?.targets ?? [])
    .filter(({ service }) => route.services.includes(service));
  const out = targets.filter(({ ejected, down }) => ejected || down !== undefined);
  const why = [...new Set(out.map(({ target, down }) => `${target} (${down ?? "ejected"})`))].join(", ");
  const rows = (top?.edges ?? []).flatMap(({ routes }) => routes.filter(({ name }) => name === route.name));
  const sum = (rate: "requestsPerSecond" | "errorsPerSecond") =>
    top ? rows.reduce((all, row) => all + row[rate], 0).toFixed(1) : "–";
  const slowest = Math.max(...rows.map(({ p99Ms = -1 }) => p99Ms));
  return {
    name: route.name,
    takes: route.hosts.flatMap((host) => route.paths.map((path) => `${host === "*" ? "any" : host}${path}`)),
    methods: route.methods.join(", ") || "all",
    destination: route.destination,
    targets: targets.length === 0 ? "–" : `${targets.length - out.length} of ${targets.length}${why && `: not ${why}`}`,
    isShort: out.length > 0,
    plugins: route.plugins.join(", ") || "none",
    requests: sum("requestsPerSecond"),
    errors: sum("errorsPerSecond"),
    p99: slowest >= 0 ? `${slowest.toFixed(1)} ms` : "–",
  };
}

/** A host without peers has no tunnel that could prove it online. */
function stateOf(host: HostDetail): HostRow["state"] {
  if (host.waitingSince !== undefined) return "waiting";
  if (!host.joined) return "notJoined";
  if (host.online) return "online";
  return host.connected && host.agent?.peers.length === 0 ? "noPeers" : "offline";
}

function pathText(peer: PeerStatus): string {
  if (!peer.path) return "–";
  return `${peer.path.via === undefined ? peer.path.kind : `relay ${peer.path.via}`} to ${peer.host}`;
}

/** `21 Nov 2026, 17:05:38 CET`: the reader's own time zone and way of writing, unless told. */
export function moment(iso: string, locale?: string, timeZone?: string): string {
  return new Date(iso).toLocaleString(locale, {
    ...{ year: "numeric", month: "short", day: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
    ...(timeZone !== undefined && { timeZone }),
  });
}

/** The host or route that a warning is about, unless its sentence says so itself. */
export function subjectOf({ subject, text }: Warning): string | undefined {
  return subject === undefined || text.includes(subject) ? undefined : subject;
}

/** A sentence in pieces, of which those with odd numbers are commands: they stand between backticks in it. */
export function piecesOf(sentence: string): readonly string[] {
  return sentence.split("`");
}
