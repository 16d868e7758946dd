// What follows from how relays see a host: whether UDP gets through, and what kind of NAT is between. Pure.
import { parseEndpoint } from "../../net/endpoint.ts";
import type { LineRelay, LineView } from "../../wire/netcheck.ts";
import { type Finding, finding } from "./finding.ts";

/** `easy`: one mapping for every other end; `hard`: one for each; `some`: only one relay tells, so that nobody knows. */
export type NatKind = "none" | "easy" | "hard" | "some" | "unknown";

export function natKind({ addresses, planes, relays }: LineView): NatKind {
  const mappings = mappingsOf(relays);
  const own = addresses.map((cidr) => cidr.replace(/\/\d+$/, ""));
  const port = planes.find(({ name }) => name === "pw0")?.port;
  const isOwn = (mapping: string) => {
    const seen = parseEndpoint(mapping, 0);
    return seen !== undefined && seen.port === port && own.includes(seen.host);
  };
  if (mappings.length === 0) return "unknown";
  if (mappings.every(isOwn)) return "none";
  if (mappings.length === 1) return "some";
  return new Set(mappings).size === 1 ? "easy" : "hard";
}

/** Of one family: a host with both has another address for each. */
function mappingsOf(relays: readonly LineRelay[]): readonly string[] {
  const all = relays.flatMap(({ mapping }) => mapping ?? []);
  const ipv4 = all.filter((mapping) => !mapping.startsWith("["));
  return ipv4.length > 0 ? ipv4 : all;
}

export function udpFinding({ relays }: LineView): Finding {
  const online = relays.filter((relay) => relay.online);
  const details = { relays };
  if (relays.length === 0)
    return finding("udp", "unknown", "this host needs no relay, so that none tells whether UDP gets out", { details });
  const ways = (of: readonly LineRelay[]) => of.map(({ host, endpoint }) => `${host} (${endpoint ?? "no endpoint"})`);
  if (online.length === 0)
    return finding("udp", "bad", `nothing comes back by UDP from ${ways(relays).join(", ")}`, {
      details,
      hint: "let UDP out to these ports, or give a relay a port that networks leave open: ports: { relay: 443 }",
    });
  const silent = relays.filter((relay) => !relay.online);
  if (silent.length > 0)
    return finding("udp", "warning", `UDP reaches ${ways(online).join(", ")}, but not ${ways(silent).join(", ")}`, {
      details,
      hint: "the network between may let some ports through alone; the relay may be down: portway status",
    });
  const times = online.map(({ host, roundTripMs }) => `${host} in ${roundTripMs ?? "?"} ms`);
  return finding("udp", "good", `UDP reaches ${times.join(", ")}`, { details });
}

const sentences: Readonly<Record<NatKind, readonly [Finding["state"], string, string?]>> = {
  none: ["good", "no NAT: relays see this host's own address and port"],
  easy: ["good", "easy NAT: one mapping for every other end, so that direct ways can be found"],
  hard: [
    "warning",
    "hard NAT: each other end sees another port",
    "direct ways exist to hosts without NAT alone; to be reached by all, forward the port of pw0 and name it as endpoint:",
  ],
  some: ["unknown", "NAT: a relay sees another address or port; with one relay alone nobody can tell its kind"],
  unknown: ["unknown", "no relay told where it sees this host: its direct port may be shut, or it has no relay"],
};

export function natFinding(view: LineView): Finding {
  const kind = natKind(view);
  const [state, text, hint] = sentences[kind];
  const mappings = Object.fromEntries(view.relays.flatMap(({ host, mapping }) => (mapping ? [[host, mapping]] : [])));
  return finding("nat", state, text, { details: { kind, mappings }, ...(hint !== undefined && { hint }) });
}
