// A snapshot made ready to serve: what requests look things up in. A world is built beside the one in force and then
// replaces it by one reference; it never changes, but for the places where it counts (cursors, health, metrics).
import type { PluginConfigs, Timeouts } from "../wire/edge.ts";
import type { RouteMetrics, ServiceMetrics } from "./metrics.ts";
import type { RequestRecord } from "./record.ts";
import type { Routable, Router } from "./routing/router.ts";
import type { KeysByKind } from "./snapshot/keys.ts";

export interface Target {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Key in `pw_health`: `service/target`. */
  readonly id: string;
  /** On the clock of nowMs; 0 when it takes part. */
  ejectedUntilMs: number;
  /** It failed lately, here or in another worker: a success must be told. */
  isSuspect: boolean;
}

export interface Service {
  readonly name: string;
  readonly targets: readonly Target[];
  /** The targets that take part now. */
  healthy: readonly Target[];
  /** Place of the last pick in `healthy`. */
  cursor: number;
  readonly errorsToEject: number;
  readonly cooldownMs: number;
  readonly retries: number;
  readonly timeouts: Timeouts;
  readonly protocol: "http" | "grpc";
  readonly metrics: ServiceMetrics;
}

/** A plugin with what it made of its configuration: its functions in plugins/plugin.ts say what each does. */
export interface AccessStep {
  readonly plugin: keyof PluginConfigs | "deadline";
  readonly run: (this: void, request: RequestRecord, ready: never) => number;
  readonly ready: never;
}

export interface AnswerStep {
  readonly run: (this: void, request: RequestRecord, ready: never) => void;
  readonly ready: never;
}

export interface Route extends Routable {
  readonly service: Service;
  readonly plugins: readonly PreparedPlugin[];
  /** Runs the plugins before the target: 0 lets the request pass, an HTTP status refuses it. */
  readonly access: (this: void, request: RequestRecord) => number;
  /** Runs the plugins that change the answer's headers. */
  readonly answer: (this: void, request: RequestRecord) => number;
  /** 0: nginx's own limit is as low. */
  readonly maxBodyBytes: number;
  /** The named location of nginx.conf that forwards its requests; empty: the one that decides on them. */
  readonly location: string;
  readonly connectMs: number;
  readonly sendMs: number;
  readonly readMs: number;
  /** Until the response starts; 0: no limit. */
  readonly responseMs: number;
  /** Until the response ends; 0: no limit. */
  readonly totalMs: number;
  readonly metrics: RouteMetrics;
}

export interface Certificate {
  readonly names: readonly string[];
  readonly chain: CData;
  readonly key: CData;
}

export interface Certificates {
  readonly exact: Record<string, Certificate>;
  /** By the name after `*.`. */
  readonly wildcard: Record<string, Certificate>;
}

/** One object of the snapshot: the version it has in shared memory, and its decoded JSON. */
export interface Entry {
  readonly version: number;
  readonly value: unknown;
}

export interface PreparedPlugin {
  readonly name: keyof PluginConfigs;
  readonly ready: never;
  /** The objects it was prepared from. */
  readonly from: readonly Entry[];
}

export interface World {
  /** Counts the pushes that this nginx took; 0 before the first. */
  readonly sequence: number;
  readonly revision: number;
  readonly digest: string;
  readonly entries: Readonly<Record<string, Entry>>;
  readonly keys: KeysByKind;
  readonly services: Readonly<Record<string, Service>>;
  readonly plugins: Readonly<Record<string, PreparedPlugin>>;
  readonly routes: Readonly<Record<string, Route>>;
  /** The largest body of any route, and of nginx. */
  readonly bodyLimit: number;
  readonly certificatesByKey: Readonly<Record<string, Certificate>>;
  readonly router: Router<Route>;
  readonly certificates: Certificates;
}
