// network, hosts, access: who is in the mesh and who may talk to whom.
import { canonicalAddress } from "../../net/address.ts";
import { ipv6MinimumMtu, overlayMtu } from "../../net/mtu.ts";
import { endpoint, ipv4Address, ipv4Range, ipv6Range, prefixList } from "../addresses.ts";
import { addFault, choice, flag, integer, list, mapping, parsed, port } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import { byName, checkHostName, checkName, name } from "../names.ts";
import { duration, durationSeconds } from "../quantities.ts";
import { destinationList, parseAllowance, roles, selectorList } from "../selectors.ts";
import { exit, tunnel } from "./exits.ts";
import { hooks } from "./hooks.ts";

/** UDP port of the plane that carries traffic while keys are renewed. */
const bypassPort = 51821;

const mostMtu = overlayMtu(65_535, 6);

const grace = (description: string) => duration(description, "5s", "365d");

const rotationSchema = mapping(
  {
    every: duration(
      "How old a WireGuard key may become; each is renewed at a moment of its own in the last tenth of it.",
      "1h",
      "365d",
    ),
  },
  "New WireGuard keys by themselves, plane by plane, without a lost packet.",
  "write { every: 30d }",
);

export const networkSchema = mapping(
  {
    name: name("The network's name; the IPv6 range is derived from it."),
    ipv4: ipv4Range("The overlay's IPv4 range.").prefault("10.77.0.0/16"),
    ipv6: ipv6Range("The overlay's IPv6 range, a /48 in fd00::/8; derived from the name unless told.").optional(),
    keepalive: durationSeconds("How often a host behind NAT keeps its mapping open.", "1s", "10m").prefault("25s"),
    mtu: integer(
      ipv6MinimumMtu,
      mostMtu,
      "Largest packet inside the network, bytes; unless told, hosts measure what each path carries, up to 8920.",
    ).optional(),
    grace: grace("How long a host may be away until its peers let go of it; for ever unless told.").optional(),
    rotation: rotationSchema.optional(),
  },
  "The private network.",
  "write { name: acme, ipv4: 10.77.0.0/16 }",
);

export const joinSchema = mapping(
  {
    approve: flag("Whether an administrator has to approve each host that joins.").prefault(false),
    credential: duration(
      "How long a host's certificate lasts: for half as long it may be away and still come back by itself.",
      "10m",
      "3650d",
    ).prefault("180d"),
  },
  "How hosts join.",
  "write { approve: true }",
);

const portsSchema = mapping(
  {
    direct: port("UDP port of the direct plane.").prefault(51820),
    relay: port("UDP port of a relay's own plane.").prefault(51822),
  },
  "UDP ports this host listens on.",
).superRefine(({ direct, relay }, context) => {
  const fault = (message: string, key: string) =>
    addFault(context, new Fault("contradiction", message, "choose another port"), [key]);
  if (direct === relay) fault(`port ${relay} is the direct plane's already`, "relay");
  if (direct === bypassPort) fault(`port ${bypassPort} is kept for renewing keys`, "direct");
  if (relay === bypassPort) fault(`port ${bypassPort} is kept for renewing keys`, "relay");
});

const hostSchema = mapping(
  {
    roles: list(choice(roles, "A role."), {
      description: "What the host does for others: edge serves requests, relay forwards packets.",
      hint: "write a list: [edge], [relay] or [edge, relay]",
    }).prefault([]),
    tags: list(
      name("A tag."),
      {
        description: "Names that rules and services select hosts by.",
        hint: "write a list of tags: [api]",
      },
      { max: 64 },
    ).prefault([]),
    endpoint: endpoint("Where others reach this host from outside: a name or address, and a port.").optional(),
    ports: portsSchema.prefault({}),
    address: ipv4Address("A fixed address inside the network instead of the derived one.").optional(),
    routes: prefixList(
      {
        description: "Networks behind this host that it routes for others.",
        hint: "write a list of ranges: [192.168.10.0/24]",
      },
      1,
    ).optional(),
    masquerade: flag(
      "Whether those networks see this host's address in place of the sender's, and so know the way back; true unless told.",
    ).optional(),
    hooks: hooks.optional(),
    exit: exit.optional(),
    tunnel: tunnel.optional(),
    ephemeral: flag("Whether the host goes for good, and its address is free, when it goes: a CI runner.").prefault(
      false,
    ),
    grace: grace("How long this host may be away until its peers let go of it; else network.grace.").optional(),
  },
  "A host; `name:` alone is enough.",
  "write { tags: [api] }, or nothing after the colon",
)
  .superRefine(({ routes, masquerade }, context) => {
    if (masquerade === undefined || routes) return;
    const fault = new Fault(
      "contradiction",
      "there is nothing to masquerade: the host routes no network",
      "add routes",
    );
    addFault(context, fault, ["masquerade"]);
  })
  .superRefine(({ exit, tunnel }, context) => {
    if (!exit || tunnel === undefined) return;
    const fault = new Fault(
      "contradiction",
      "an exit host sends nothing through another one",
      "take one of exit and tunnel out",
    );
    addFault(context, fault, ["tunnel"]);
  })
  .superRefine(({ ephemeral, grace }, context) => {
    if (!ephemeral || grace === undefined) return;
    const fault = new Fault(
      "contradiction",
      "an ephemeral host goes at once: it has no grace",
      "take one of the two out",
    );
    addFault(context, fault, ["grace"]);
  });

const emptyHost = hostSchema.parse({});

export const hostsSchema = byName(
  hostSchema.nullable().transform((host) => host ?? emptyHost),
  "The hosts of the network by name.",
  checkHostName,
);

const allowance = parsed(
  {
    description: "What the rule lets through.",
    hint: "write tcp/8080, tcp/8000-8100, udp/53, icmp or any",
    examples: ["tcp/8080", "udp/53", "icmp", "any"],
  },
  parseAllowance,
);

function moment(description: string) {
  const hint = "write a time in UTC such as 2026-12-24T18:00:00Z";
  return parsed({ description, hint, examples: ["2026-12-24T18:00:00Z"] }, (text) => {
    const ms = Date.parse(text);
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(text) && !Number.isNaN(ms)) return ms;
    return new Fault("invalidTime", `${quote(text)} is not a time`, hint);
  });
}

export const accessSchema = list(
  mapping(
    {
      from: selectorList("Who may open connections."),
      to: destinationList("To whom; or to what, behind a host that routes it."),
      allow: list(
        allowance,
        { description: "On which protocols and ports.", hint: "write a list such as [tcp/8080, icmp]" },
        { min: 1 },
      ),
      relay: choice(["never"], "`never` keeps packets of this rule off relays.").optional(),
      for: duration("How long the rule holds from when it is applied first.", "10s", "365d").optional(),
      until: moment("Until when the rule holds.").optional(),
    },
    "One rule; answers to what it lets through come back by themselves.",
    "write { from: [tag:web], to: [tag:api], allow: [tcp/8080] }",
  ).superRefine((rule, context) => {
    if (rule.for === undefined || rule.until === undefined) return;
    const fault = new Fault("contradiction", "for and until both say when the rule ends", "take one of the two out");
    addFault(context, fault, ["until"]);
  }),
  {
    description: "Who may talk to whom inside the network; what no rule allows is dropped.",
    hint: "write a list of rules",
  },
  { unique: false },
);

const testSchema = mapping(
  {
    from: name("The host that would open a connection."),
    to: parsed(
      {
        description: "The host that it would reach; or an address behind one, or in the internet.",
        hint: "write a host's name, or an address such as 192.168.10.20",
      },
      (text) => canonicalAddress(text) ?? checkName(text),
    ),
    protocol: choice(["tcp", "udp", "icmp"], "Of what kind.").prefault("tcp"),
    port: port("To which port.").optional(),
    expect: choice(["allow", "deny"], "What the access rules must say."),
  },
  "One test.",
  "write { from: api-1, to: db-1, port: 5432, expect: allow }",
).superRefine(({ protocol, port }, context) => {
  if (protocol === "icmp" && port !== undefined) {
    addFault(context, new Fault("contradiction", "icmp has no ports", "take the port out"), ["port"]);
  }
  if (protocol !== "icmp" && port === undefined) {
    addFault(context, new Fault("missing", "port is missing", `write port: 5432, or protocol: icmp`), ["port"]);
  }
});

export const testsSchema = list(
  testSchema,
  { description: "Tests of the access rules: a file that fails one is not valid.", hint: "write a list of tests" },
  { unique: false },
);
