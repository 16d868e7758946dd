// Builds a world beside the one in force: the changed objects are decoded and checked, what depends on them is made anew,
// everything else is taken over. Throws a sentence when the objects are not a snapshot that works.
import type { KeysObject } from "../../wire/edge.ts";
import { prepareClientLimits } from "../clients/client-limits.ts";
import { pluginNamed } from "../plugins/table.ts";
import type { Router } from "../routing/router.ts";
import { addRoute, finishRouter, startRouter } from "../routing/router-build.ts";
import { inTurn } from "../straight.ts";
import type { Certificate, Certificates, Entry, PreparedPlugin, Route, World } from "../world.ts";
import type { Change } from "./change.ts";
import { changedKeys } from "./keys.ts";
import { makeService } from "./make-service.ts";
import type { BuildTools } from "./parts.ts";
import { makeCertificate, makeRoute, preparePlugin } from "./parts.ts";
import type { Kind, Shapes } from "./shapes.ts";
import { hasShape, kindOf } from "./shapes.ts";

type Entries = Readonly<Record<string, Entry>>;

/** Cost of one of each, in units of `work`. */
const decodeUnits = 5;
const routeUnits = 1;
/** nginx's body limit is at least this (src/plan/edge-snapshot.ts). */
const leastBodyLimit = 1024 * 1024;

export function buildWorld(before: World, change: Change, tools: BuildTools): World {
  const entries = changedEntries(before.entries, change, tools);
  const keys = changedKeys(before.keys, before.entries, entries);
  const services = madeOrKept(keys.service, before.services, (key) =>
    before.entries[key] === entries[key]
      ? before.services[key]!
      : makeService(objectOf("service", entries, key), before.services[key], tools),
  );
  const plugins = madeOrKept(keys.plugin, before.plugins, (key) => preparedPlugin(key, entries, before.plugins[key]));
  const certificates = madeOrKept(keys.certificate, before.certificatesByKey, (key) =>
    before.entries[key] === entries[key]
      ? before.certificatesByKey[key]!
      : makeCertificate(key, objectOf("certificate", entries, key), tools),
  );
  const bodyLimit = largestBody(keys.route, entries);
  const parts = { services, plugins, bodyLimit };
  const haveParts = services === before.services && plugins === before.plugins && bodyLimit === before.bodyLimit;
  const routes = madeOrKept(keys.route, before.routes, (key) => {
    const kept = before.entries[key] === entries[key] ? before.routes[key] : undefined;
    return kept !== undefined && haveParts ? kept : makeRoute(key, objectOf("route", entries, key), parts, kept, tools);
  });
  return {
    sequence: change.sequence,
    revision: change.revision,
    digest: change.digest,
    entries,
    keys,
    services,
    plugins,
    routes,
    clientLimits: clientLimitsOf(entries, before, tools),
    bodyLimit,
    certificatesByKey: certificates,
    router: routes === before.routes ? before.router : routerOf(keys.route, routes, tools),
    certificates: certificatesByName(keys.certificate, certificates),
  };
}

/** A part for each key; the table of before, when every part in it is the same still. */
function madeOrKept<Part>(
  keys: readonly string[],
  before: Readonly<Record<string, Part>>,
  make: (key: string) => Part,
): Readonly<Record<string, Part>> {
  const parts: Record<string, Part> = {};
  let count = 0;
  let isSame = true;
  for (const key of keys) {
    const part = make(key);
    parts[key] = part;
    count++;
    if (part !== before[key]) isSame = false;
  }
  for (const _ in before) count--;
  return isSame && count === 0 ? before : parts;
}

function routerOf(keys: readonly string[], routes: Readonly<Record<string, Route>>, tools: BuildTools): Router<Route> {
  const build = startRouter<Route>();
  for (const key of keys) {
    tools.work(routeUnits);
    addRoute(build, routes[key]!);
  }
  return finishRouter(build, inTurn);
}

function changedEntries(before: Entries, change: Change, tools: BuildTools): Entries {
  const entries: Record<string, Entry> = {};
  for (const key in before) entries[key] = before[key]!;
  for (const key of change.removes) delete entries[key];
  for (const key in change.upserts) {
    tools.work(decodeUnits);
    const { version, text } = change.upserts[key]!;
    entries[key] = { version, value: decoded(key, text, tools) };
  }
  return entries;
}

function decoded(key: string, text: string, tools: BuildTools): unknown {
  const kind = kindOf(key);
  if (kind === undefined) throw `${key}: this gateway knows no such kind of object`;
  const [value, error] = tools.decode(text);
  if (value === undefined) throw `${key}: not JSON: ${error}`;
  if (!hasShape(kind, value)) throw `${key}: not the shape of a ${kind}`;
  return value;
}

/** The entry's value, whose shape was checked when it was decoded. */
function objectOf<Name extends Kind>(_kind: Name, entries: Entries, key: string): Shapes[Name] {
  return entries[key]!.value as Shapes[Name];
}

function preparedPlugin(key: string, entries: Entries, before: PreparedPlugin | undefined): PreparedPlugin {
  const object = objectOf("plugin", entries, key);
  const plugin = pluginNamed(object.plugin);
  if (plugin === undefined) throw `${key}: this gateway has no plugin ${object.plugin}`;
  const from = [entries[key]!];
  for (const id of plugin.keys?.(object.config as never) ?? []) {
    const entry = entries[`keys/${id}`];
    if (entry === undefined) throw `${key}: there is no keys/${id}`;
    from.push(entry);
  }
  if (before?.from.every((entry, index) => entry === from[index])) return before;
  return preparePlugin(key, object, from, (id) => entries[`keys/${id}`]?.value as KeysObject | undefined);
}

const limitsKey = "limits/edge";

function clientLimitsOf(entries: Entries, before: World, tools: BuildTools): World["clientLimits"] {
  if (entries[limitsKey] === undefined) return undefined;
  if (entries[limitsKey] === before.entries[limitsKey]) return before.clientLimits;
  const { clients } = objectOf("limits", entries, limitsKey);
  return clients === undefined ? undefined : prepareClientLimits(clients, tools.workers);
}

function largestBody(keys: readonly string[], entries: Entries): number {
  let largest = leastBodyLimit;
  for (const key of keys) largest = Math.max(largest, objectOf("route", entries, key).maxBodyBytes);
  return largest;
}

/** A name that two certificates have is served by the first, in order of keys. */
function certificatesByName(
  keys: readonly string[],
  certificates: Readonly<Record<string, Certificate>>,
): Certificates {
  const byName: Certificates = { exact: {}, wildcard: {} };
  for (const key of keys) {
    const certificate = certificates[key]!;
    for (const name of certificate.names) {
      if (name.startsWith("*.")) byName.wildcard[name.substring(2)] ??= certificate;
      else byName.exact[name] ??= certificate;
    }
  }
  return byName;
}
