// The parts of a world, each made from one object and the parts it names.
import type { CertificateObject, PluginObject, RouteObject, ServiceObject } from "../../wire/edge.ts";
import type { RouteMetrics, ServiceMetrics } from "../metrics.ts";
import type { Surroundings } from "../plugins/plugin.ts";
import { pluginNamed } from "../plugins/table.ts";
import type { RequestRecord } from "../record.ts";
import { inTurn } from "../straight.ts";
import type { AccessStep, AnswerStep, Certificate, PreparedPlugin, Route, Service, Target } from "../world.ts";

/** What a build needs of nginx. @noSelf */
export interface BuildTools {
  readonly decode: (text: string) => LuaMultiReturn<[value: unknown, error?: string]>;
  /** Lets requests run; called between slices of work. */
  readonly pause: () => void;
  readonly routeMetrics: (name: string) => RouteMetrics;
  readonly serviceMetrics: (name: string) => ServiceMetrics;
  /** Marks the targets that are ejected now. */
  readonly restoreHealth: (service: Service) => void;
  /** Throws a sentence when the pair cannot be used. */
  readonly parseCertificate: (chainPem: string, keyPem: string) => { readonly chain: CData; readonly key: CData };
}

export function makeService(object: ServiceObject, tools: BuildTools): Service {
  const targets: Target[] = object.targets.map(({ name, address, port }) => ({
    name,
    address: address.includes(":") ? `[${address}]` : address,
    port,
    id: `${object.name}/${name}`,
    ejectedUntilMs: 0,
    isSuspect: false,
  }));
  const service: Service = {
    name: object.name,
    targets,
    healthy: targets,
    cursor: -1,
    errorsToEject: object.ejection.errors,
    cooldownMs: object.ejection.cooldownMs,
    retries: object.retries,
    connectMs: object.timeouts.connectMs,
    sendMs: object.timeouts.sendMs,
    readMs: object.timeouts.readMs,
    metrics: tools.serviceMetrics(object.name),
  };
  tools.restoreHealth(service);
  return service;
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

/** `mostBodyBytes` is what nginx itself takes: routes with a lower limit check theirs. */
export function makeRoute(
  key: string,
  object: RouteObject,
  services: Readonly<Record<string, Service>>,
  plugins: Readonly<Record<string, PreparedPlugin>>,
  mostBodyBytes: number,
  tools: BuildTools,
): Route {
  const service = services[`service/${object.service}`];
  if (service === undefined) throw `${key}: there is no service ${object.service}`;
  const access: AccessStep[] = [];
  const answer: AnswerStep[] = [];
  for (const name of object.plugins) {
    const prepared = plugins[name];
    if (prepared === undefined) throw `${key}: there is no ${name}`;
    const plugin = pluginNamed(prepared.name)!;
    if (plugin.access) access.push({ plugin: prepared.name, run: plugin.access, ready: prepared.ready });
    if (plugin.answer) answer.push({ run: plugin.answer, ready: prepared.ready });
  }
  return {
    name: object.name,
    hosts: object.hosts,
    paths: object.paths,
    methods: object.methods,
    service,
    access: inTurn(access, runAccess),
    answer: inTurn(answer, runAnswer),
    maxBodyBytes: object.maxBodyBytes < mostBodyBytes ? object.maxBodyBytes : 0,
    metrics: tools.routeMetrics(object.name),
  };
}

export function makeCertificate(object: CertificateObject, tools: BuildTools): Certificate {
  const { chain, key } = tools.parseCertificate(object.certificatePem, object.keyPem);
  return { names: object.names, chain, key };
}
