// What control's objects ask of nginx and of the second one that passes bytes on, as text of their configurations.
import type { NginxObject, StreamObject } from "../wire/edge.ts";
import type { Objects } from "../wire/objects.ts";
import { nextWay, takesNext, type Ways } from "./https-hop.ts";
import { nginxConf, type Place } from "./nginx-conf.ts";
import { type StreamPlace, streamConf } from "./stream-conf.ts";
import type { Machine } from "./tuning.ts";

/**
 * Undefined when control asks for none. `locally`: with the files that this host has for it; `second`: who takes HTTPS's
 * port, as the second nginx has it.
 */
export function wantedHttp(
  objects: Objects,
  machine: Machine,
  place: Place,
  locally = (nginx: NginxObject) => nginx,
  second: Ways = [],
): string | undefined {
  const nginx = nginxObject(objects);
  if (nginx === undefined) return undefined;
  const way = nextWay(nginx.https?.shared === true, nginx.https ? second : []);
  return nginxConf(locally(nginx), machine, place, way);
}

/** A route asks for a compression that this host's nginx has no module for. */
export function lacksBrotli(objects: Objects, { hasBrotli }: Place): boolean {
  return nginxObject(objects)?.brotli === true && !hasBrotli;
}

export interface StreamSituation {
  /** It ran before, or does now. */
  readonly hasRun: boolean;
  readonly leftOut?: ReadonlySet<string>;
  /** Who takes HTTPS's port, as the two nginx have it; empty where that is not known. */
  readonly http?: Ways;
  readonly second?: Ways;
}

/**
 * Without listeners undefined, or where it ran before a file that listens on nothing: its connections end by themselves. It takes
 * HTTPS's port only when there is somebody to hand on to, and keeps it until HTTP's nginx has it again or wants it no more.
 */
export function wantedStream(
  objects: Objects,
  machine: Machine,
  place: StreamPlace,
  { hasRun, leftOut, http = [], second = [] }: StreamSituation,
): string | undefined {
  const text = objects["stream"];
  const stream = text === undefined ? undefined : (JSON.parse(text) as StreamObject);
  const isShared = stream?.listeners.some(({ https }) => https) === true;
  const takes = takesNext(isShared, { http: nginxObject(objects)?.https == null ? [] : http, second });
  if (!isShared && takes) return undefined;
  if (stream !== undefined) {
    const listeners = stream.listeners.filter(({ https }) => !https || takes);
    return streamConf({ ...stream, listeners }, machine, place, leftOut);
  }
  const isTold = objects["nginx"] !== undefined; // no push can empty an edge
  return hasRun && isTold ? streamConf(nothing, machine, place) : undefined;
}

const nothing: StreamObject = { listeners: [], services: {}, accessLog: false, tuning: {} };

/** What control asks of nginx; undefined when it asks for none. */
export function nginxObject(objects: Objects): NginxObject | undefined {
  const nginx = objects["nginx"];
  return nginx === undefined ? undefined : (JSON.parse(nginx) as NginxObject);
}
