// Builds a world beside the one in force: the changed objects are decoded and checked, what depends on them is made anew,
// everything else is taken over. Throws a sentence when the objects are not a snapshot that works.
import type { KeysObject } from "../../wire/edge.ts";
import { pluginNamed } from "../plugins/table.ts";
import { addRoute, emptyRouter } from "../router-build.ts";
import type { Certificate, Certificates, Entry, PreparedPlugin, Route, Service, World } from "../world.ts";
import type { BuildTools } from "./parts.ts";
import { makeCertificate, makeRoute, makeService, preparePlugin } from "./parts.ts";
import type { Kind, Shapes } from "./shapes.ts";
import { hasShape, kindOf } from "./shapes.ts";

/** New and changed objects with the version each has in shared memory, and the keys that are gone. */
export interface Change {
  readonly upserts: Readonly<Record<string, { readonly version: number; readonly text: string }>>;
  readonly removes: readonly string[];
  readonly sequence: number;
  readonly revision: number;
  readonly digest: string;
}

type Entries = Readonly<Record<string, Entry>>;
type KeysByKind = { readonly [Name in Kind]: string[] };

/** Objects decoded, and routes made, between two pauses for requests: about a millisecond's worth. */
const objectsPerSlice = 100;
const routesPerSlice = 500;
/** nginx's body limit is at least this (src/plan/edge-snapshot.ts). */
const leastBodyLimit = 1024 * 1024;

export const emptyWorld: World = {
  sequence: 0,
  revision: 0,
  digest: "0".repeat(64),
  entries: {},
  services: {},
  plugins: {},
  routes: {},
  certificatesByKey: {},
  router: emptyRouter(),
  certificates: { exact: {}, wildcard: {} },
};

export function buildWorld(before: World, change: Change, tools: BuildTools): World {
  const entries = changedEntries(before.entries, change, tools);
  const keys = keysByKind(entries);
  const isKept = (key: string) => before.entries[key] === entries[key];

  const services: Record<string, Service> = {};
  for (const key of keys.service) {
    services[key] = isKept(key) ? before.services[key]! : makeService(objectOf("service", entries, key), tools);
  }
  const plugins: Record<string, PreparedPlugin> = {};
  for (const key of keys.plugin) plugins[key] = preparedPlugin(key, entries, before.plugins[key]);

  const certificates: Record<string, Certificate> = {};
  for (const key of keys.certificate) {
    certificates[key] = isKept(key)
      ? before.certificatesByKey[key]!
      : makeCertificate(objectOf("certificate", entries, key), tools);
  }
  const routes = madeRoutes(keys.route, entries, services, plugins, tools);
  const router = emptyRouter<Route>();
  keys.route.forEach((key, index) => {
    pauseEach(routesPerSlice, index, tools);
    addRoute(router, routes[key]!);
  });
  return {
    sequence: change.sequence,
    revision: change.revision,
    digest: change.digest,
    entries,
    services,
    plugins,
    routes,
    certificatesByKey: certificates,
    router,
    certificates: certificatesByName(keys.certificate, certificates),
  };
}

function changedEntries(before: Entries, change: Change, tools: BuildTools): Entries {
  const entries: Record<string, Entry> = {};
  for (const key in before) entries[key] = before[key]!;
  for (const key of change.removes) delete entries[key];
  let count = 0;
  for (const key in change.upserts) {
    pauseEach(objectsPerSlice, count++, tools);
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

function pauseEach(slice: number, index: number, tools: BuildTools): void {
  if (index % slice === slice - 1) tools.pause();
}

/** In order of keys, so that every worker builds the same. */
function keysByKind(entries: Entries): KeysByKind {
  const keys: KeysByKind = { route: [], service: [], plugin: [], keys: [], certificate: [] };
  for (const key in entries) keys[kindOf(key)!].push(key);
  for (const kind in keys) keys[kind as Kind].sort();
  return keys;
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

function madeRoutes(
  keys: readonly string[],
  entries: Entries,
  services: Readonly<Record<string, Service>>,
  plugins: Readonly<Record<string, PreparedPlugin>>,
  tools: BuildTools,
): Record<string, Route> {
  let bodyLimit = leastBodyLimit;
  for (const key of keys) bodyLimit = Math.max(bodyLimit, objectOf("route", entries, key).maxBodyBytes);
  const routes: Record<string, Route> = {};
  keys.forEach((key, index) => {
    pauseEach(routesPerSlice, index, tools);
    routes[key] = makeRoute(key, objectOf("route", entries, key), services, plugins, bodyLimit, tools);
  });
  return routes;
}

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
