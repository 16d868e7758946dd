// Shapes that several resources share, as schemas; each must fit its type in src/wire.
import { z } from "zod";
import { isDnsLabel } from "../../net/dns-name.ts";
import { canonicalPrefix } from "../../net/prefix.ts";
import type { RevisionAnswer } from "../../wire/api.ts";
import type { BreakerReport } from "../../wire/edge-state.ts";
import { errorStatus, type Problem } from "../../wire/errors.ts";
import type { HostDetail, HostView } from "../../wire/hosts.ts";
import { mostOwnNetworks } from "../../wire/networks.ts";
import type { Change, Issue, Plan } from "../../wire/plan.ts";
import type { AgentStatus, EdgeStatus, ListenerStatus } from "../../wire/stream.ts";
import type { Warning } from "../../wire/warnings.ts";
import { hostText } from "./host-text.ts";
import { most } from "./plain-peers.ts";

/** A host's name or a tag. */
export const label = z.string().refine(isDnsLabel, "not a name: lower-case letters, digits and hyphens, 63 at most");

const text = hostText(2_000);
const name = hostText(256);
const count = z.number().int().nonnegative();

/** Public keys by plane: base64 of 32 bytes. */
const planeKey = z.object({
  plane: z.enum(["pw0", "pwr", "pwr1", "pwr2", "pwr3", "pwx"]),
  publicKey: z.string().regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, "not a WireGuard public key"),
  generation: count,
});
export const planeKeys = z.array(planeKey);

/** An error, as the API tells of it. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.enum(Object.keys(errorStatus) as [string, ...string[]]),
  detail: z.string(),
  hint: z.string().exactOptional(),
  details: z.unknown(),
}) as z.ZodType<Problem>;

export const warning = z.object({
  code: z.string(),
  severity: z.enum(["info", "warning", "critical"]),
  subject: z.string().exactOptional(),
  part: z.string().exactOptional(),
  text: z.string(),
  hint: z.string(),
}) satisfies z.ZodType<Warning>;

export const issue = z.object({
  severity: z.enum(["error", "warning"]),
  code: z.string(),
  line: count,
  column: count,
  path: z.string(),
  message: z.string(),
  hint: z.string(),
}) satisfies z.ZodType<Issue>;

const change = z.object({
  kind: z.enum(["network", "host", "pair", "access", "service", "route", "policy", "edge", "tls"]),
  action: z.enum(["add", "change", "remove"]),
  name: z.string(),
  details: z.array(z.string()),
}) satisfies z.ZodType<Change>;

export const plan = z.object({
  baseRevision: count,
  changes: z.array(change),
  affectedHosts: z.array(z.object({ host: z.string(), upserts: count, removes: count })),
  risks: z.array(warning),
  reloads: z.array(z.string()),
}) satisfies z.ZodType<Plan>;

export const revisionAnswer = z.object({ revision: count }) satisfies z.ZodType<RevisionAnswer>;

const triedWords = z.array(hostText(most.triedLength)).max(most.tried).exactOptional();
const hostEvents = z.array(z.object({ id: count, kind: name, subject: text, text })).max(1_000);

const planeName = hostText(most.planeLength);

const peerStatus = z.object({
  host: label,
  path: z.object({ kind: z.enum(["direct", "relay"]), plane: planeName, via: label.exactOptional() }).exactOptional(),
  online: z.boolean(),
  roundTripMs: z.number().nonnegative().exactOptional(),
  mtu: z.number().int().positive().exactOptional(),
  handshakeAgeSeconds: z.number().nonnegative().exactOptional(),
  rxBytes: z.number().nonnegative(),
  txBytes: z.number().nonnegative(),
  tried: triedWords,
  heard: z.literal(true).exactOptional(),
  plane: planeName.exactOptional(),
  proven: z.array(planeName).max(most.proven).exactOptional(),
});

const program = { capability: count, version: hostText(64), revision: count, clockMs: z.number() };

/** What a host says of itself. */
const ownWarnings = z
  .array(
    z.object({
      code: hostText(64),
      severity: warning.shape.severity,
      subject: name.exactOptional(),
      text,
      hint: text,
    }),
  )
  .max(100);

const isNetwork = (prefix: string) => canonicalPrefix(prefix) === prefix && prefix.includes("/");

export const ownNetworks = z
  .array(z.object({ prefix: z.string().max(64).refine(isNetwork, "not a network"), link: hostText(16) }))
  .max(mostOwnNetworks);

export const agentStatus = z.object({
  program: z.literal("agent"),
  ...program,
  wireguard: z.enum(["kernel", "userspace"]),
  digest: z.string().max(128).exactOptional(),
  keys: planeKeys.max(32).exactOptional(),
  peers: z.array(peerStatus).max(most.peers),
  relays: z
    .array(
      z.object({
        host: label,
        plane: planeName,
        online: z.boolean(),
        roundTripMs: z.number().nonnegative().exactOptional(),
        tried: triedWords,
      }),
    )
    .max(8)
    .exactOptional(),
  routers: z
    .array(z.object({ network: hostText(64), host: label.exactOptional(), online: z.boolean() }))
    .max(10_000)
    .exactOptional(),
  events: hostEvents.exactOptional(),
  held: z.object({ revision: count, peers: z.array(label).max(10_000), of: count }).exactOptional(),
  error: text.exactOptional(),
  warnings: ownWarnings.exactOptional(),
  networks: ownNetworks.exactOptional(),
}) satisfies z.ZodType<AgentStatus>;

const breakerReport = z.object({
  service: name,
  state: z.enum(["closed", "open", "halfOpen"]),
  reason: name.exactOptional(),
  active: count.exactOptional(),
  pending: count.exactOptional(),
}) satisfies z.ZodType<BreakerReport>;

export const drainKind = z.enum(["route", "service", "host"]);

export const requestsLeft = {
  requests: count,
  webSockets: count.exactOptional(),
  eventStreams: count.exactOptional(),
  grpcCalls: count.exactOptional(),
  inOldWorkers: count.exactOptional(),
  connections: count.exactOptional(),
};

const drainReport = z.object({ kind: drainKind, name, endMs: z.number().nonnegative(), ...requestsLeft });

const listenerStatus = z.object({
  name,
  port: count,
  services: z.array(name).max(1_000),
  connections: count,
}) satisfies z.ZodType<ListenerStatus>;

export const edgeStatus = z.object({
  program: z.literal("edge"),
  ...program,
  nginx: z.object({
    running: z.boolean(),
    workers: count,
    leaving: z.object({ workers: count, requests: count }).exactOptional(),
    configError: text.exactOptional(),
  }),
  drains: z.array(drainReport).max(1_000).exactOptional(),
  snapshotError: text.exactOptional(),
  requestsPerSecond: z.number().nonnegative(),
  errorsPerSecond: z.number().nonnegative(),
  givenUpPerSecond: z.number().nonnegative().exactOptional(),
  floodsPerSecond: z.number().nonnegative().exactOptional(),
  targets: z
    .array(
      z.object({
        service: name,
        target: name,
        ejected: z.boolean(),
        down: text.exactOptional(),
        connections: count.exactOptional(),
      }),
    )
    .max(10_000),
  listeners: z.array(listenerStatus).max(1_000).exactOptional(),
  breakers: z.array(breakerReport).max(10_000).exactOptional(),
  events: hostEvents.exactOptional(),
  warnings: ownWarnings.exactOptional(),
}) satisfies z.ZodType<EdgeStatus>;

export const hostView = z.object({
  name: z.string(),
  joined: z.boolean(),
  inFile: z.boolean(),
  roles: z.array(z.string()),
  tags: z.array(z.string()),
  ipv4: z.string(),
  ipv6: z.string(),
  endpoint: z.string().exactOptional(),
  joinedAt: z.string().exactOptional(),
  waitingSince: z.string().exactOptional(),
  staleSince: z.string().exactOptional(),
  credentialUntil: z.string().exactOptional(),
  ephemeral: z.boolean().exactOptional(),
  online: z.boolean(),
  connected: z.boolean(),
  lastSeenAt: z.string().exactOptional(),
  identity: z.string().exactOptional(),
  keys: z.array(planeKey.extend({ since: z.string().exactOptional() })),
}) satisfies z.ZodType<HostView>;

export const hostDetail = hostView.extend({
  agent: agentStatus.exactOptional(),
  edge: edgeStatus.exactOptional(),
}) satisfies z.ZodType<HostDetail>;
