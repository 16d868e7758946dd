// A change of the world in force, made ready beside it: what it touches is made anew, everything else is left as it is. That
// takes as many turns of the event loop as it needs; bringing it into force is one, and copies nothing but references.
import type { ClientLimits } from "../clients/client-limits.ts";
import { prepareClientLimits } from "../clients/client-limits.ts";
import type { RouterDraft } from "../routing/router-build.ts";
import { addRoute, commitRouter, draftRouter, removeRoute, settleRouter } from "../routing/router-build.ts";
import { inTurn } from "../straight.ts";
import type { DebugKeys } from "../why/debug.ts";
import { loadDebugKeys } from "../why/debug.ts";
import type { Certificate, Certificates, PreparedPlugin, Route, Service, World } from "../world.ts";
import type { Change } from "./change.ts";
import { changedRoutes, largestBody } from "./changed-routes.ts";
import type { ChangedKeys, Entries } from "./entries.ts";
import { changedEntries, objectOf } from "./entries.ts";
import type { Layer } from "./layer.ts";
import { isTouched, partIn, putIn } from "./layer.ts";
import { certificatesByName, changedCertificates } from "./make-certificates.ts";
import { changedPlugins } from "./make-plugins.ts";
import { makeService } from "./make-service.ts";
import type { BuildTools } from "./tools.ts";

export interface Draft {
  readonly change: Change;
  readonly entries: Entries;
  readonly services: Layer<Service>;
  readonly plugins: Layer<PreparedPlugin>;
  readonly certificatesByKey: Layer<Certificate>;
  readonly certificates: Certificates;
  readonly routes: Layer<Route>;
  readonly router: RouterDraft<Route>;
  readonly bodyLimit: number;
  readonly clientLimits: ClientLimits | undefined;
  readonly debugKeys: DebugKeys | undefined;
}

/** Throws a sentence when the objects are not a snapshot that works. */
export function draftWorld(before: World, change: Change, tools: BuildTools): Draft {
  const [entries, changed] = changedEntries(before, change, tools);
  const services = changedServices(before, entries, changed, tools);
  const plugins = changedPlugins(before, entries, changed);
  const certificatesByKey = changedCertificates(before, entries, changed, tools);
  const bodyLimit = largestBody(before, entries, changed, tools);
  const routes = changedRoutes(before, entries, changed, { services, plugins, bodyLimit }, tools);
  return {
    change,
    entries,
    services,
    plugins,
    certificatesByKey,
    certificates: certificatesByName(certificatesByKey, before.certificates),
    routes,
    router: routerDraft(before, routes, tools),
    bodyLimit,
    clientLimits: clientLimitsOf(before, entries, tools),
    debugKeys: debugKeysOf(before, entries),
  };
}

/** The world as the draft has it. It takes the tables of the one before over: what still holds that one sees them change. */
export function worldOf(draft: Draft): World {
  const { change, certificates, bodyLimit, clientLimits, debugKeys } = draft;
  putIn(draft.entries);
  putIn(draft.services);
  putIn(draft.plugins);
  putIn(draft.certificatesByKey);
  putIn(draft.routes);
  commitRouter(draft.router);
  const { sequence, revision, digest } = change;
  return {
    sequence,
    revision,
    digest,
    entries: draft.entries.base,
    services: draft.services.base,
    plugins: draft.plugins.base,
    routes: draft.routes.base,
    clientLimits,
    debugKeys,
    bodyLimit,
    certificatesByKey: draft.certificatesByKey.base,
    router: draft.router.router,
    certificates,
  };
}

function changedServices(before: World, entries: Entries, changed: ChangedKeys, tools: BuildTools): Layer<Service> {
  const made: Record<string, Service> = {};
  for (const key of changed.service) {
    made[key] = makeService(objectOf("service", entries, key), before.services[key], tools);
  }
  return { base: before.services, made, gone: entries.gone };
}

/** Cost of one route, in units of `work`. */
const routeUnits = 2;

function routerDraft(before: World, routes: Layer<Route>, tools: BuildTools): RouterDraft<Route> {
  const draft = draftRouter(before.router);
  const work = () => tools.work(routeUnits);
  for (const key in routes.gone) {
    const route = before.routes[key];
    if (route !== undefined) removeRoute(draft, route);
  }
  for (const key in routes.made) {
    work();
    const route = before.routes[key];
    if (route !== undefined) removeRoute(draft, route);
    addRoute(draft, routes.made[key]!);
  }
  settleRouter(draft, inTurn, work);
  return draft;
}

const limitsKey = "limits/edge";

function clientLimitsOf(before: World, entries: Entries, tools: BuildTools): World["clientLimits"] {
  if (!isTouched(entries, limitsKey)) return before.clientLimits;
  if (partIn(entries, limitsKey) === undefined) return undefined;
  const { clients } = objectOf("limits", entries, limitsKey);
  return clients === undefined ? undefined : prepareClientLimits(clients, tools.workers);
}

const whyKey = "why/settings";

function debugKeysOf(before: World, entries: Entries): World["debugKeys"] {
  if (!isTouched(entries, whyKey)) return before.debugKeys;
  if (partIn(entries, whyKey) === undefined) return undefined;
  return loadDebugKeys(objectOf("why", entries, whyKey).debugKeys);
}
