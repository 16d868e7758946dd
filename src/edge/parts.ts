// What an edge is started with, and what its parts share.
import type { Clock } from "../lib/clock.ts";
import type { Exec } from "../lib/exec.ts";
import type { Log } from "../lib/log.ts";
import type { Paths } from "../lib/paths.ts";
import type { EdgeControl } from "./control.ts";
import type { Held } from "./held.ts";
import type { Place } from "./nginx-conf.ts";
import type { PlaceOptions } from "./place.ts";

export interface EdgeOptions extends Omit<PlaceOptions, "node"> {
  readonly paths: Paths;
  readonly log: Log;
  readonly clock: Clock;
  readonly exec: Exec;
  /** `external`: a service manager starts nginx, the edge writes its files and signals it. `spawn` unless told. */
  readonly nginx?: "spawn" | "external";
  /** Where Prometheus asks for /metrics; 127.0.0.1:9145 unless told, null: nowhere. */
  readonly metricsListen?: { readonly host: string; readonly port: number } | null;
  /** Where lines of the access log go that are asked for on standard output: there, unless told. */
  readonly out?: (text: string) => void;
  /** The control of the network that this host joined, unless told. */
  readonly control?: EdgeControl;
}

/** Work that an edge does again and again, each apart from the others (loop.ts). */
export type Round =
  | "save"
  | "nginx"
  | "stream"
  | "snapshot"
  | "health"
  | "drains"
  | "look"
  | "files"
  | "logs"
  | "listeners"
  | "telemetry"
  | "report";

export interface EdgeParts extends EdgeOptions {
  readonly place: Place;
  readonly held: Held;
  /** These have something to do. */
  readonly wake: (...rounds: readonly Round[]) => void;
}
