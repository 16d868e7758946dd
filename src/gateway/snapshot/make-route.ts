// A route made of its object and the parts that it names.
import type { RouteObject, SplitConfig } from "../../wire/edge.ts";
import { locationOf } from "../locations.ts";
import type { RouteMetrics } from "../metrics.ts";
import { mirrorSteps } from "../mirror/mirror.ts";
import { ownAnswers } from "../own-answers.ts";
import { restoreSteps, rewriteSteps } from "../rewrite.ts";
import { keepSteps, splitOf, splitStep } from "../split/split.ts";
import { inTurn } from "../straight.ts";
import type { AccessStep, AnswerStep, PreparedPlugin, Route, Service } from "../world.ts";
import type { Layer } from "./layer.ts";
import { partIn } from "./layer.ts";
import {
  accessSteps,
  admissionSteps,
  answerSteps,
  deadlineSteps,
  pendingSteps,
  runAccess,
  runAnswer,
  timeoutsOf,
  tlsSteps,
} from "./route-steps.ts";
import type { BuildTools } from "./tools.ts";

/** What a route names, and how large a body nginx itself takes: routes with a lower limit check theirs. */
export interface RouteParts {
  readonly services: Layer<Service>;
  readonly plugins: Layer<PreparedPlugin>;
  readonly bodyLimit: number;
}

/** Throws a sentence when it names what is not there. */
export function makeRoute(key: string, object: RouteObject, parts: RouteParts, tools: BuildTools): Route {
  const services = servicesOf(key, object, parts);
  const plugins = object.plugins.map((name) => {
    const prepared = partIn(parts.plugins, name);
    if (prepared === undefined) throw `${key}: there is no ${name}`;
    return prepared;
  });
  const service = object.split === undefined ? services[0] : undefined;
  const front = [...accessSteps(plugins), ...ownAnswers(object), ...rewriteSteps(object.rewrite)];
  const { bodyLimit } = parts;
  const copies = object.mirror === undefined ? undefined : services[services.length - 1];
  const common = { object, services, copies, plugins, front, bodyLimit, metrics: tools.routeMetrics(object.name) };
  return object.split === undefined ? routeTo(service, common, [], []) : splitRoute(object.split, common);
}

function maxBodyBytesOf({ maxBodyBytes }: RouteObject, service: Service | undefined, bodyLimit: number): number {
  return maxBodyBytes < bodyLimit && service?.protocol !== "grpc" ? maxBodyBytes : 0;
}

/** What the variants of a route share. */
interface Common {
  readonly object: RouteObject;
  readonly services: readonly Service[];
  /** Gets copies of requests. */
  readonly copies: Service | undefined;
  readonly plugins: readonly PreparedPlugin[];
  /** Up to where the service matters. */
  readonly front: readonly AccessStep[];
  readonly bodyLimit: number;
  readonly metrics: RouteMetrics;
}

/** One empty list for all: a route has many, and there are many routes. */
const none: readonly never[] = [];
const listOf = <Item>(items: readonly Item[] | undefined) => (items === undefined || items.length === 0 ? none : items);

const orNever = (ms: number) => (ms === 0 ? math.huge : ms);

/** The route as it is with one service, or with none. */
function routeTo(
  service: Service | undefined,
  { object, services, copies, plugins, front, bodyLimit, metrics }: Common,
  choosing: readonly AccessStep[],
  keeping: readonly AnswerStep[],
): Route {
  const timeouts = timeoutsOf(object, service);
  const isChosenLater = choosing.length > 0 && service === undefined; // the variant does the rest
  const rest = [
    ...deadlineSteps(timeouts),
    ...admissionSteps(service),
    ...tlsSteps(service),
    ...mirrorSteps(object.mirror, copies),
  ];
  const steps = [...front, ...choosing, ...(isChosenLater ? none : rest)];
  const edits = [...keeping, ...answerSteps(plugins, service)];
  const answering = [...pendingSteps(service), ...edits, ...restoreSteps(object.rewrite)];
  return {
    name: object.name,
    hosts: object.hosts,
    paths: object.paths,
    methods: object.methods,
    headers: listOf(object.headers),
    query: listOf(object.query),
    service,
    services: listOf(services),
    plugins: listOf(plugins),
    steps: listOf(steps),
    answerSteps: listOf(answering),
    // a variant is asked when the route's own plugins have let the request pass
    variants: none,
    access: inTurn(choosing.length > 0 && service !== undefined ? rest : steps, runAccess),
    answer: inTurn(answering, runAnswer),
    maxBodyBytes: maxBodyBytesOf(object, service, bodyLimit),
    location: locationOf(service, object.buffering, {
      isCompressed: uses(plugins, "compress"),
      isEdited: uses(plugins, "responseBody"),
      isChanged: object.rewrite?.host !== undefined || uses(plugins, "path"),
    }),
    connectMs: Math.min(timeouts.connectMs, orNever(timeouts.responseMs), orNever(timeouts.totalMs)),
    sendMs: timeouts.sendMs,
    readMs: timeouts.readMs,
    responseMs: timeouts.responseMs,
    totalMs: timeouts.totalMs,
    metrics,
  };
}

/** The route up to its choice, and a variant of it for each service. */
function splitRoute(config: SplitConfig, common: Common): Route {
  const split = splitOf(common.object.name, config);
  const choosing = [splitStep(split)];
  config.services.forEach(({ token }, index) => {
    split.routes.push(routeTo(common.services[index], common, choosing, keepSteps(split, token)));
  });
  const route = routeTo(undefined, common, choosing, []);
  const front = route.access;
  return {
    ...route,
    variants: split.routes,
    access: (request) => {
      const status = front(request);
      if (status !== 0) return status;
      const admitted = request.route!.access(request);
      return admitted;
    },
  };
}

const uses = (plugins: readonly PreparedPlugin[], plugin: PreparedPlugin["name"]) =>
  plugins.some(({ name }) => name === plugin);

/** The one for copies last. */
function servicesOf(key: string, { service, split, mirror }: RouteObject, { services }: RouteParts): Service[] {
  const names = split?.services.map(({ name }) => name) ?? (service === undefined ? [] : [service]);
  if (mirror !== undefined) names.push(mirror.service);
  return names.map((name) => {
    const found = partIn(services, `service/${name}`);
    if (found === undefined) throw `${key}: there is no service ${name}`;
    return found;
  });
}
