// The parts of a world, each made from one object and the parts it names.

import type { CertificateObject, RouteObject, SplitConfig } from "../../wire/edge.ts";
import type { PluginObject } from "../../wire/edge-plugins.ts";
import type { BreakerConfig, Timeouts } from "../../wire/edge-service.ts";
import { admit, noteAnswerBegun } from "../admission.ts";
import { tellToken } from "../balance/sticky.ts";
import type { Breaker } from "../breaker.ts";
import { watchDeadline } from "../deadlines.ts";
import { locationOf } from "../locations.ts";
import type { RouteMetrics, ServiceMetrics } from "../metrics.ts";
import { mirrorSteps } from "../mirror/mirror.ts";
import { enterRoom, noteAnswered } from "../overload/shedding.ts";
import { ownAnswers } from "../own-answers.ts";
import type { Surroundings } from "../plugins/plugin.ts";
import { pluginNamed } from "../plugins/table.ts";
import type { RequestRecord } from "../record.ts";
import { restoreSteps, rewriteSteps } from "../rewrite.ts";
import { keepSteps, splitOf, splitStep } from "../split/split.ts";
import { inTurn } from "../straight.ts";
import { useTargetTls } from "../target-tls.ts";
import type { AccessStep, AnswerStep, Certificate, PreparedPlugin, Route, Service } from "../world.ts";
import type { Work } from "./slices.ts";

/** What a build needs of nginx. @noSelf */
export interface BuildTools {
  readonly decode: (text: string) => LuaMultiReturn<[value: unknown, error?: string]>;
  readonly work: Work;
  /** How many there are. */
  readonly workers: number;
  readonly routeMetrics: (name: string) => RouteMetrics;
  readonly serviceMetrics: (name: string) => ServiceMetrics;
  /** As all workers share it. */
  readonly makeBreaker: (service: string, config: BreakerConfig) => Breaker;
  /** Marks the targets that are left out now. */
  readonly restoreHealth: (service: Service) => void;
  /** Throws a sentence when the pair cannot be used. */
  readonly parseCertificate: (chainPem: string, keyPem: string) => { readonly chain: CData; readonly key: CData };
}

export function preparePlugin(
  key: string,
  object: PluginObject,
  from: PreparedPlugin["from"],
  keysOf: Surroundings["keys"],
): PreparedPlugin {
  const plugin = pluginNamed(object.plugin)!;
  try {
    return { name: object.plugin, ready: plugin.prepare(object.config as never, { keys: keysOf }) as never, from };
  } catch (reason) {
    throw `${key}: ${reason}`;
  }
}

function runAccess(request: RequestRecord, step: AccessStep): number {
  const status = step.run(request, step.ready);
  if (status !== 0) request.refusedBy = step.plugin;
  return status;
}

function runAnswer(request: RequestRecord, step: AnswerStep): number {
  step.run(request, step.ready);
  return 0;
}

/** What a route names, and how large a body nginx itself takes: routes with a lower limit check theirs. */
export interface RouteParts {
  readonly services: Readonly<Record<string, Service>>;
  readonly plugins: Readonly<Record<string, PreparedPlugin>>;
  readonly bodyLimit: number;
}

const makeUnits = 2;

/** `kept` is the route as it was made before from the same object: it stays when its parts are the same too. */
export function makeRoute(
  key: string,
  object: RouteObject,
  parts: RouteParts,
  kept: Route | undefined,
  tools: BuildTools,
): Route {
  tools.work(makeUnits);
  const services = servicesOf(key, object, parts);
  const plugins = object.plugins.map((name) => {
    const prepared = parts.plugins[name];
    if (prepared === undefined) throw `${key}: there is no ${name}`;
    return prepared;
  });
  const service = object.split === undefined ? services[0] : undefined;
  const maxBodyBytes = maxBodyBytesOf(object, service, parts.bodyLimit);
  const isKept = kept?.maxBodyBytes === maxBodyBytes;
  if (isKept && isSame(kept.plugins, plugins) && isSame(kept.services, services)) return kept;
  const front = [...accessSteps(plugins), ...ownAnswers(object), ...rewriteSteps(object.rewrite)];
  const { bodyLimit } = parts;
  const copies = object.mirror === undefined ? undefined : services[services.length - 1];
  const common = { object, services, copies, plugins, front, bodyLimit, metrics: tools.routeMetrics(object.name) };
  return object.split === undefined ? routeTo(service, common, [], []) : splitRoute(object.split, common);
}

function maxBodyBytesOf({ maxBodyBytes }: RouteObject, service: Service | undefined, bodyLimit: number): number {
  return maxBodyBytes < bodyLimit && service?.protocol !== "grpc" ? maxBodyBytes : 0;
}

const isSame = (before: readonly object[], after: readonly object[]) =>
  before.length === after.length && before.every((part, index) => part === after[index]);

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

/** The route as it is with one service, or with none. */
function routeTo(
  service: Service | undefined,
  { object, services, copies, plugins, front, bodyLimit, metrics }: Common,
  choosing: readonly AccessStep[],
  keeping: readonly AnswerStep[],
): Route {
  const timeouts = timeoutsOf(object, service);
  const rest = [
    ...deadlineSteps(timeouts),
    ...admissionSteps(service),
    ...tlsSteps(service),
    ...mirrorSteps(object.mirror, copies),
  ];
  const steps = [...front, ...choosing, ...rest];
  const edits = [...keeping, ...answerSteps(plugins, service)];
  const answering = [...pendingSteps(service), ...edits, ...restoreSteps(object.rewrite)];
  return {
    name: object.name,
    hosts: object.hosts,
    paths: object.paths,
    methods: object.methods,
    headers: object.headers ?? [],
    query: object.query ?? [],
    service,
    services,
    plugins,
    steps,
    answerSteps: answering,
    // a variant is asked when the route's own plugins have let the request pass
    variants: [],
    access: inTurn(choosing.length > 0 && service !== undefined ? rest : steps, runAccess),
    answer: inTurn(answering, runAnswer),
    maxBodyBytes: maxBodyBytesOf(object, service, bodyLimit),
    location: locationOf(
      service,
      object.buffering,
      uses(plugins, "compress"),
      object.rewrite?.host !== undefined || uses(plugins, "path"),
    ),
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
    const found = services[`service/${name}`];
    if (found === undefined) throw `${key}: there is no service ${name}`;
    return found;
  });
}

/** After all plugins: what they refuse takes no place. */
function admissionSteps(service: Service | undefined): AccessStep[] {
  const room = service?.room;
  const breaker = service?.breaker;
  return [
    ...(room === undefined ? [] : [{ plugin: "overload", run: enterRoom, ready: room as never } as const]),
    ...(breaker === undefined ? [] : [{ plugin: "breaker", run: admit, ready: breaker as never } as const]),
  ];
}

function tlsSteps(service: Service | undefined): AccessStep[] {
  const tls = service?.tls;
  return tls === undefined ? [] : [{ plugin: "tls", run: useTargetTls, ready: tls as never }];
}

function pendingSteps(service: Service | undefined): AnswerStep[] {
  const breaker = service?.breaker;
  const isCounted = breaker?.pending !== undefined;
  return [
    ...(service?.room === undefined
      ? []
      : [{ plugin: "overload", run: noteAnswered, ready: undefined as never } as const]),
    ...(isCounted ? [{ plugin: "breaker", run: noteAnswerBegun, ready: breaker as never } as const] : []),
  ];
}

const never: Timeouts = { connectMs: 0, sendMs: 0, readMs: 0 };
const orNever = (ms: number) => (ms === 0 ? math.huge : ms);

function timeoutsOf({ timeouts }: RouteObject, service: Service | undefined): Required<Timeouts> {
  const own = service?.timeouts ?? never;
  return {
    connectMs: timeouts?.connectMs ?? own.connectMs,
    sendMs: timeouts?.sendMs ?? own.sendMs,
    readMs: timeouts?.readMs ?? own.readMs,
    responseMs: timeouts?.responseMs ?? own.responseMs ?? 0,
    totalMs: timeouts?.totalMs ?? own.totalMs ?? 0,
  };
}

/** Only routes with a limit have their requests' ages looked at. */
function deadlineSteps({ responseMs, totalMs }: Required<Timeouts>): AccessStep[] {
  return responseMs > 0 || totalMs > 0 ? [{ plugin: "deadline", run: watchDeadline, ready: undefined as never }] : [];
}

function accessSteps(plugins: readonly PreparedPlugin[]): AccessStep[] {
  return plugins.flatMap(({ name, ready }) => {
    const run = pluginNamed(name)?.access;
    return run === undefined ? [] : [{ plugin: name, run, ready }];
  });
}

function answerSteps(plugins: readonly PreparedPlugin[], service: Service | undefined): AnswerStep[] {
  const sticky: AnswerStep[] =
    service?.sticky === undefined ? [] : [{ plugin: "sticky", run: tellToken, ready: service as never }];
  const edits = plugins.flatMap(({ name, ready }) => {
    const run = pluginNamed(name)?.answer;
    return run === undefined ? [] : [{ plugin: name, run, ready }];
  });
  return [...sticky, ...edits];
}

export function makeCertificate(objectKey: string, object: CertificateObject, tools: BuildTools): Certificate {
  try {
    const { chain, key } = tools.parseCertificate(object.certificatePem, object.keyPem);
    return { names: object.names, chain, key };
  } catch (reason) {
    throw `${objectKey}: ${reason}`;
  }
}
