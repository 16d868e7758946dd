// What control's objects ask of nginx and of the second one that passes bytes on, as text of their configurations.
import type { NginxObject, StreamObject } from "../wire/edge.ts";
import type { Objects } from "../wire/objects.ts";
import { nginxConf, type Place } from "./nginx-conf.ts";
import { type StreamPlace, streamConf } from "./stream-conf.ts";
import type { Machine } from "./tuning.ts";

/** Undefined when control asks for none. `locally`: with the files that this host has for it. */
export function wantedHttp(
  objects: Objects,
  machine: Machine,
  place: Place,
  locally = (nginx: NginxObject) => nginx,
): string | undefined {
  const nginx = nginxObject(objects);
  return nginx && nginxConf(locally(nginx), machine, place);
}

/** A route asks for a compression that this host's nginx has no module for. */
export function lacksBrotli(objects: Objects, { hasBrotli }: Place): boolean {
  return nginxObject(objects)?.brotli === true && !hasBrotli;
}

/** Without listeners undefined, or where it ran before a file that listens on nothing: its connections end by themselves. */
export function wantedStream(
  objects: Objects,
  machine: Machine,
  place: StreamPlace,
  hasRun: boolean,
  leftOut?: ReadonlySet<string>,
): string | undefined {
  const text = objects["stream"];
  if (text !== undefined) return streamConf(JSON.parse(text) as StreamObject, machine, place, leftOut);
  const isTold = objects["nginx"] !== undefined; // no push can empty an edge
  return hasRun && isTold ? streamConf(nothing, machine, place) : undefined;
}

const nothing: StreamObject = { listeners: [], services: {}, accessLog: false, tuning: {} };

/** What control asks of nginx; undefined when it asks for none. */
export function nginxObject(objects: Objects): NginxObject | undefined {
  const nginx = objects["nginx"];
  return nginx === undefined ? undefined : (JSON.parse(nginx) as NginxObject);
}
