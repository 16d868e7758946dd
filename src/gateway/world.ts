// A snapshot made ready to serve: what requests look things up in. A change is made ready beside the world in force and then
// put into its tables within one turn of the event loop (snapshot/draft.ts): a request finds all of it or nothing. What
// stands in the tables (routes, services, places of the router) is never changed but for the places where it counts
// (cursors, health, metrics): a request keeps what it has found.

import type { PluginConfigs } from "../wire/edge-plugins.ts";
import type { EjectionConfig, ServiceObject, Timeouts } from "../wire/edge-service.ts";
import type { Load } from "./balance/load.ts";
import type { RetryBudget } from "./balance/retry-budget.ts";
import type { Breaker } from "./breaker.ts";
import type { ClientLimits } from "./clients/client-limits.ts";
import type { CookieForm } from "./cookie-form.ts";
import type { RouteMetrics, ServiceMetrics } from "./metrics.ts";
import type { Room } from "./overload/room.ts";
import type { RequestRecord } from "./record.ts";
import type { Routable, Router } from "./routing/router.ts";
import type { Tally } from "./tally.ts";
import type { TargetTls } from "./target-tls.ts";
import type { DebugKeys } from "./why/debug.ts";

export interface Target {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Key in `pw_health`: `service/target`. */
  readonly id: string;
  /** On the clock of nowMs; 0 when it takes part. */
  ejectedUntilMs: number;
  /** Why the edge process says that it must not be used; undefined: it may. */
  downReason: string | undefined;
  /** Each of its answers must be told: it failed lately, here or in another worker, or its share of errors is counted. */
  isSuspect: boolean;
  /** Its part of requests, against the other targets'. */
  readonly weight: number;
  /** The weight now: less while it starts slowly. */
  share: number;
  /** Targets of the lowest tier come first, and of those the ones that are not far. */
  readonly tier: number;
  /** The edge process says so. */
  isFar: boolean;
  /** A number of its name's, below 2^31. */
  readonly seed: number;
  /** Names it in a sticky cookie. */
  readonly token: string | undefined;
  isHealthy: boolean;
  /** On the clock of nowMs: when it began to take part. */
  joinedMs: number;
  readonly load: Load;
  /** Its requests and failures, where the share of errors is counted. */
  readonly tally: Tally | undefined;
}

/** A cookie that keeps a client with its target. */
export interface Sticky extends CookieForm {
  readonly byToken: Readonly<Record<string, Target>>;
}

/** Chooses a request's target; undefined when there is none left. */
export type Picker = (this: void, service: Service, request: RequestRecord) => Target | undefined;

export interface Service {
  readonly name: string;
  readonly balance: ServiceObject["balance"];
  readonly targets: readonly Target[];
  /** The targets that may take part now. */
  healthy: readonly Target[];
  /** The targets that requests are spread over: the nearest healthy ones, or all when none is healthy. */
  pool: readonly Target[];
  /** The pool, each target as often and in the order in which it has its turn. */
  turns: readonly Target[];
  /** Place of the last turn. */
  cursor: number;
  /** For the first try. */
  readonly pick: Picker;
  /** For a try after another failed: a target that was not tried. */
  readonly further: Picker;
  /** The pick of a client without a sticky cookie. */
  readonly pickNew: Picker;
  readonly sticky: Sticky | undefined;
  /** The pick needs to know what is in flight and how long answers take. */
  readonly isTracked: boolean;
  /** Tries in flight, when tracked. */
  readonly inFlight: { count: number };
  readonly slowStartMs: number;
  /** Further tries of a request, no more than there are other targets. */
  readonly furtherTries: number;
  /** How long a try may take to connect, and to begin its answer, while another may follow; 0: as long as any. */
  readonly tryTimeoutMs: number;
  readonly budget: RetryBudget;
  readonly budgetShare: number;
  readonly leastRetries: number;
  readonly ejection: EjectionConfig;
  readonly breaker: Breaker | undefined;
  /** Of requests that wait for an answer, where overload is shed. */
  readonly room: Room | undefined;
  readonly timeouts: Timeouts;
  readonly protocol: "http" | "grpc";
  readonly tls: TargetTls | undefined;
  readonly metrics: ServiceMetrics;
}

/** A plugin with what it made of its configuration: its functions in plugins/plugin.ts say what each does. */
export interface AccessStep {
  /** What refuses, for the metrics. */
  readonly plugin:
    | keyof PluginConfigs
    | "breaker"
    | "drain"
    | "overload"
    | "deadline"
    | "tls"
    | "maintenance"
    | "redirect"
    | "respond"
    | "rewrite"
    | "split"
    | "mirror";
  readonly run: (this: void, request: RequestRecord, ready: never) => number;
  readonly ready: never;
}

export interface AnswerStep {
  readonly plugin: keyof PluginConfigs | "breaker" | "overload" | "rewrite" | "split" | "sticky";
  readonly run: (this: void, request: RequestRecord, ready: never) => void;
  readonly ready: never;
}

export interface Route extends Routable {
  /** Undefined: it answers itself, or a variant of it takes the request to one of its services. */
  readonly service: Service | undefined;
  /** All that it may send requests or copies to. */
  readonly services: readonly Service[];
  readonly plugins: readonly PreparedPlugin[];
  /** What `access` and `answer` run, one by one. */
  steps: readonly AccessStep[];
  readonly answerSteps: readonly AnswerStep[];
  /** Runs the plugins before the target: 0 lets the request pass, an HTTP status refuses it. */
  access: (this: void, request: RequestRecord) => number;
  /** One for each service of a split: its access runs once a request was given that service. */
  readonly variants: readonly Route[];
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
  /** The `keys/` objects that it was prepared with. */
  readonly keys: readonly string[];
}

export interface World {
  /** Counts the pushes that this nginx took; 0 before the first. */
  readonly sequence: number;
  readonly revision: number;
  readonly digest: string;
  readonly entries: Record<string, Entry>;
  readonly services: Record<string, Service>;
  readonly plugins: Record<string, PreparedPlugin>;
  readonly routes: Record<string, Route>;
  /** What one client address may ask; undefined: anything. */
  readonly clientLimits: ClientLimits | undefined;
  /** Of tokens whose bearers are told what was decided; undefined: there are none. */
  readonly debugKeys: DebugKeys | undefined;
  /** The largest body of any route, and of nginx. */
  readonly bodyLimit: number;
  readonly certificatesByKey: Record<string, Certificate>;
  readonly router: Router<Route>;
  readonly certificates: Certificates;
}
