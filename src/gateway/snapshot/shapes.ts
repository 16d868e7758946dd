// Whether the JSON of an object is what wire/edge.ts says, before anything is built from it.

import type { CertificateObject, KeysObject, LimitsObject, RouteObject } from "../../wire/edge.ts";
import type { PluginObject } from "../../wire/edge-plugins.ts";
import type { ServiceObject } from "../../wire/edge-service.ts";
import type { DrainsPost, EndsPost, HealthPost, SnapshotPush, WhySettings } from "../../wire/edge-state.ts";

/** The kinds of objects of a snapshot; a key begins with its kind and a slash. */
export interface Shapes {
  readonly route: RouteObject;
  readonly service: ServiceObject;
  readonly plugin: PluginObject;
  readonly keys: KeysObject;
  readonly certificate: CertificateObject;
  readonly limits: LimitsObject;
  readonly why: WhySettings;
}

export type Kind = keyof Shapes;

type Table = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isFlag: Check = (value) => typeof value === "boolean";
const isTable = (value: unknown): value is Table => typeof value === "object" && value !== null;
/** JSON arrays and objects are both Lua tables: what is in it must be under 1, 2, 3, … */
const isListOf =
  (check: Check): Check =>
  (value) => {
    if (!isTable(value)) return false;
    const list = value as unknown as readonly unknown[];
    let count = 0;
    for (const _ in value) count++;
    if (count !== list.length) return false;
    return list.every((item) => check(item));
  };
const has =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (!isTable(value)) return false;
    for (const name in fields) if (!fields[name]!(value[name])) return false;
    return true;
  };

const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const isConditions = isOptional(
  isListOf(
    has({
      name: isText,
      match: (match) => match === "exact" || match === "present" || match === "prefix",
      value: isText,
    }),
  ),
);
const isTableOf =
  (check: Check): Check =>
  (value) => {
    if (!isTable(value)) return false;
    for (const key in value) if (!check(value[key])) return false;
    return true;
  };
const balanceKinds: { readonly [Name in ServiceObject["balance"]]: true } = {
  roundRobin: true,
  leastConnections: true,
  leastLatency: true,
  hash: true,
};

const checks: { readonly [Name in Kind]: Check } = {
  route: has({
    name: isText,
    hosts: isListOf(isText),
    paths: isListOf(has({ kind: (kind) => kind === "exact" || kind === "prefix", path: isText })),
    methods: isListOf(isText),
    headers: isConditions,
    query: isConditions,
    service: isOptional(isText),
    split: isOptional(
      has({
        services: isListOf(has({ name: isText, weight: isNumber, token: isOptional(isText) })),
        keep: isOptional(
          has({ header: isOptional(isText), cookie: isOptional(isText), maxAgeSeconds: isOptional(isNumber) }),
        ),
      }),
    ),
    redirect: isOptional(
      has({
        status: isNumber,
        scheme: isOptional((scheme) => scheme === "http" || scheme === "https"),
        host: isOptional(isText),
        port: isOptional(isNumber),
        path: isOptional(isText),
        prefix: isOptional(isText),
      }),
    ),
    respond: isOptional(has({ status: isNumber, headers: isListOf(isListOf(isText)), body: isText })),
    mirror: isOptional(has({ service: isText, percent: isNumber, mostBytes: isNumber })),
    rewrite: isOptional(has({ host: isOptional(isText), path: isOptional(isText), prefix: isOptional(isText) })),
    maintenance: isOptional(has({ retryAfterSeconds: isNumber })),
    plugins: isListOf(isText),
    maxBodyBytes: isNumber,
    timeouts: isOptional(isTableOf(isNumber)),
    buffering: isOptional(has({ request: isFlag, response: isFlag })),
  }),
  service: has({
    name: isText,
    targets: isListOf(
      has({
        name: isText,
        address: isText,
        port: isNumber,
        weight: isOptional((weight) => isNumber(weight) && (weight as number) > 0),
        token: isOptional(isText),
        tier: isOptional(isNumber),
      }),
    ),
    balance: (balance) => balanceKinds[balance as ServiceObject["balance"]] !== undefined,
    hash: isOptional(has({ on: isText, name: isOptional(isText), boundPercent: isNumber })),
    sticky: isOptional(has({ cookie: isText, maxAgeSeconds: isOptional(isNumber) })),
    slowStartMs: isOptional(isNumber),
    ejection: has({
      errors: isNumber,
      cooldownMs: isNumber,
      longestMs: isOptional(isNumber),
      sharePercent: isOptional(isNumber),
      floorPercent: isOptional(isNumber),
    }),
    breaker: isOptional(
      has({
        errors: isOptional(isNumber),
        sharePercent: isOptional(isNumber),
        windowMs: isNumber,
        leastRequests: isNumber,
        active: isOptional(isNumber),
        pending: isOptional(isNumber),
        cooldownMs: isNumber,
        probes: isNumber,
      }),
    ),
    overload: isOptional(has({ latencyMs: isNumber, least: isNumber })),
    retries: isNumber,
    retryBudget: isOptional(has({ percent: isNumber, least: isNumber })),
    tryTimeoutMs: isOptional(isNumber),
    timeouts: has({
      connectMs: isNumber,
      sendMs: isNumber,
      readMs: isNumber,
      responseMs: isOptional(isNumber),
      totalMs: isOptional(isNumber),
    }),
    protocol: isOptional((protocol) => protocol === "grpc"),
    tls: isOptional(
      has({
        name: isText,
        trust: isText,
        certificatePem: isOptional(isText),
        keyPem: isOptional(isText),
      }),
    ),
  }),
  plugin: has({ plugin: isText, config: isTable }),
  keys: has({ keys: isListOf(isTable) }),
  certificate: has({ names: isListOf(isText), certificatePem: isText, keyPem: isText }),
  limits: has({
    clients: isOptional(
      has({
        connections: isNumber,
        intervalMicros: isNumber,
        burst: isNumber,
        handshakes: isOptional(has({ intervalMicros: isNumber, burst: isNumber })),
        floodBanSeconds: isOptional(isNumber),
      }),
    ),
  }),
  why: has({
    samplePercent: isOptional(isNumber),
    debugKeys: isOptional(isListOf(has({ id: isText, secret: isText, untilMs: isNumber }))),
  }),
};

const isTextTable: Check = (value) => {
  if (!isTable(value)) return false;
  for (const key in value) if (!isText(key) || !isText(value[key])) return false;
  return true;
};

const isDigest: Check = (value) => typeof value === "string" && value.length === 64;

const checkPush = has({
  from: isNumber,
  to: isNumber,
  full: (full) => typeof full === "boolean",
  upserts: isTextTable,
  removes: isListOf(isText),
  digest: isDigest,
});

const checkHealthPost = has({
  leaseMs: isNumber,
  down: isListOf(has({ service: isText, target: isText, reason: isText })),
  far: isOptional(isListOf(has({ service: isText, target: isText }))),
});

const checkDrainsPost = has({ drains: isListOf(has({ kind: isText, name: isText, endMs: isNumber })) });

export function isDrainsPost(value: unknown): value is DrainsPost {
  return checkDrainsPost(value);
}

const checkEndsPost = has({
  ends: isListOf(has({ address: isText, port: isNumber, endMs: isNumber })),
  listeners: isListOf(has({ port: isNumber, endMs: isNumber })),
});

export function isEndsPost(value: unknown): value is EndsPost {
  return checkEndsPost(value);
}

export function isHealthPost(value: unknown): value is HealthPost {
  return checkHealthPost(value);
}

/** What the edge process keeps on disk. */
export interface StoredState {
  readonly revision: number;
  readonly digest: string;
  readonly objects: Readonly<Record<string, string>>;
}

const checkStored = has({ revision: isNumber, digest: isDigest, objects: isTextTable });

export function isPush(value: unknown): value is SnapshotPush {
  return checkPush(value);
}

export function isStoredState(value: unknown): value is StoredState {
  return checkStored(value);
}

/** The kind that a key names, undefined when there is no such kind. */
export function kindOf(key: string): Kind | undefined {
  const kind = key.substring(0, key.indexOf("/")) as Kind;
  return checks[kind] === undefined ? undefined : kind;
}

export function hasShape(kind: Kind, value: unknown): boolean {
  return checks[kind](value);
}
