// Routes, services and hosts that are drained: new requests are refused (of a host: go to other targets, since the snapshot
// has none on it), and when the time is over the connections of those that are left are ended. A worker that is on its way
// out after a reload does the same, and tells how many requests it has left.
//
//   drains            JSON list, as the edge process told it last; drains/version counts its changes
//   leaving           how many workers have ever been on their way out; leaving/7 is the seventh's process number
//   remaining/7214    JSON {requests, drains} of a process, each second
import type { Drain, DrainReport, GatewayState } from "../wire/edge-state.ts";
import { current } from "./current.ts";
import { endRequest } from "./cut.ts";
import type { RequestRecord } from "./record.ts";
import { recordsInUse, requestsInProgress } from "./record.ts";
import { currentRequest, nowMs, setAnswerHeader } from "./request.ts";
import type { Kind } from "./requests-left.ts";
import { beginCounting, kindOf } from "./requests-left.ts";
import { workerPids } from "./snapshot/workers.ts";
import type { Route, World } from "./world.ts";

const cjson: CjsonSafe = require("cjson.safe");
const shared = ngx.shared.pw_state;
const tellSeconds = 3;
const retryAfterSeconds = 10;

interface Remaining {
  readonly requests: number;
  /** By `KIND/NAME`. */
  readonly drains: Readonly<Record<string, Left | undefined>>;
}

const nothingTold: Remaining = { requests: 0, drains: {} };

type Left = Readonly<Record<Kind, number>>;

interface Closed {
  readonly route: Route;
  readonly access: Route["access"];
  readonly steps: Route["steps"];
}

interface Held {
  version: number;
  drains: readonly Drain[];
  /** Names of the drains' routes and services: each change of the world looks every route up in them. */
  routes: Readonly<Record<string, true>>;
  services: Readonly<Record<string, true>>;
  closed: Closed[];
  leaving: number;
}

const held: Held = {
  version: 0,
  drains: [],
  routes: {},
  services: {},
  closed: [],
  leaving: 0,
};

const keyOf = ({ kind, name }: Drain) => `${kind}/${name}`;

function numberAt(key: string): number {
  const [value] = shared.get(key);
  return (value as number | undefined) ?? 0;
}

/** POST /drains: takes the place of what was told before. */
export function takeDrains(drains: readonly Drain[]): void {
  const [text] = cjson.encode(drains);
  if (text === undefined || shared.get("drains")[0] === text) return;
  shared.set("drains", text);
  shared.incr("drains/version", 1, 0);
}

/** For `ready`, which it does not need. */
const nothing = undefined as never;

function refuse(request: RequestRecord): number {
  setAnswerHeader(currentRequest(), "Retry-After", `${retryAfterSeconds}`);
  request.refusedBy = "drain";
  request.reason = "drained";
  return 503;
}

function isClosed({ name, service }: Route): boolean {
  return held.routes[name] === true || (service !== undefined && held.services[service.name] === true);
}

function namesOf(kind: Drain["kind"]): Readonly<Record<string, true>> {
  const names: Record<string, true> = {};
  for (const drain of held.drains) if (drain.kind === kind) names[drain.name] = true;
  return names;
}

function readDrains(): void {
  const version = numberAt("drains/version");
  if (version === held.version) return;
  const [drains] = cjson.decode((shared.get("drains")[0] as string | undefined) ?? "[]");
  held.drains = (drains ?? []) as readonly Drain[];
  held.routes = namesOf("route");
  held.services = namesOf("service");
  held.version = version;
}

/** Of the world in force. Routes that are not drained keep their own access: they pay nothing for those that are. */
function closeRoutes(): void {
  readDrains();
  for (const { route, access, steps } of held.closed) {
    route.access = access;
    route.steps = steps;
  }
  held.closed = [];
  if (held.drains.length === 0) return;
  for (const key in current.world.routes) {
    const route = current.world.routes[key]!;
    if (isClosed(route)) close(route, none);
    else for (const variant of route.variants) if (isClosed(variant)) close(variant, untilChoice(variant));
  }
}

/** Requests that begin from now on are decided by this world, and by what is drained. */
export function bringIntoForce(world: World): void {
  current.world = world;
  closeRoutes();
}

const none: Route["steps"] = [];

/** What a request has behind it when it comes to a variant. */
function untilChoice({ steps }: Route): Route["steps"] {
  return steps.slice(0, steps.findIndex(({ plugin }) => plugin === "split") + 1);
}

/** `before`: the steps that requests come through first, where theirs are run one by one (why/run.ts). */
function close(route: Route, before: Route["steps"]): void {
  held.closed.push({ route, access: route.access, steps: route.steps });
  route.access = refuse;
  route.steps = [...before, { plugin: "drain", run: refuse, ready: nothing }];
}

function isOf(record: RequestRecord, { kind, name }: Drain): boolean {
  if (kind === "route") return record.route?.name === name;
  if (kind === "service") return record.route?.service?.name === name;
  return record.target?.name === name;
}

function endLeft(drain: Drain): void {
  for (const [key, record] of recordsInUse()) {
    if (!isOf(record, drain)) continue;
    record.endedFor = "drained";
    endRequest(key, record, nowMs());
  }
}

/** Once in a tick, after the snapshot was followed. */
export function followDrains(): void {
  if (numberAt("drains/version") !== held.version) closeRoutes();
  if (held.drains.length === 0) return;
  const epochMs = ngx.now() * 1000;
  for (const drain of held.drains) if (drain.endMs <= epochMs) endLeft(drain);
}

/** Each second: what is left of requests here, where somebody may ask for it. */
export function tellRemaining(isLeaving: boolean): void {
  if (isLeaving && held.leaving === 0) held.leaving = shared.incr("leaving", 1, 0)[0] ?? 0;
  if (isLeaving) shared.set(`leaving/${held.leaving}`, ngx.worker.pid(), tellSeconds);
  if (!isLeaving && held.drains.length === 0) return;
  beginCounting();
  const drains: Record<string, Left> = {};
  for (const drain of held.drains) {
    const left = { plain: 0, webSockets: 0, eventStreams: 0, grpcCalls: 0 };
    for (const [key, record] of recordsInUse()) if (isOf(record, drain)) left[kindOf(key, record)]++;
    drains[keyOf(drain)] = left;
  }
  const [text] = cjson.encode({ requests: requestsInProgress(), drains });
  shared.set(`remaining/${ngx.worker.pid()}`, text, tellSeconds);
}

function remainingOf(pid: number): Remaining | undefined {
  const [text] = shared.get(`remaining/${pid}`);
  if (text === undefined) return undefined;
  const [remaining] = cjson.decode(text as string);
  return remaining as Remaining | undefined;
}

/** For /state. A drain is told of once every worker has it in force and has told what it has left. */
export function drainReports(): Pick<Required<GatewayState>, "leaving" | "drains"> {
  const leaving: Required<GatewayState>["leaving"][number][] = [];
  for (let index = 1; index <= numberAt("leaving"); index++) {
    const pid = numberAt(`leaving/${index}`);
    const remaining = pid === 0 ? undefined : remainingOf(pid);
    if (remaining !== undefined) leaving.push({ pid, requests: remaining.requests });
  }
  const serving = workerPids().map((pid) => remainingOf(pid) ?? nothingTold);
  const old = leaving.map(({ pid }) => remainingOf(pid) ?? nothingTold);
  return { leaving, drains: held.drains.flatMap((drain) => reportOf(drain, serving, old) ?? []) };
}

function reportOf(
  { kind, name, endMs }: Drain,
  serving: readonly Remaining[],
  old: readonly Remaining[],
): DrainReport | undefined {
  const sum = { requests: 0, webSockets: 0, eventStreams: 0, grpcCalls: 0, inOldWorkers: 0 };
  const key = `${kind}/${name}`;
  for (const [workers, isOld] of [
    [serving, false],
    [old, true],
  ] as const) {
    for (const told of workers) {
      const left = told.drains[key];
      if (left === undefined) return undefined;
      const { plain, webSockets, eventStreams, grpcCalls } = left;
      const requests = plain + webSockets + eventStreams + grpcCalls;
      sum.requests += requests;
      sum.webSockets += webSockets;
      sum.eventStreams += eventStreams;
      sum.grpcCalls += grpcCalls;
      if (isOld) sum.inOldWorkers += requests;
    }
  }
  return { kind, name, endMs, ...sum };
}
