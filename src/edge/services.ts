// The services among an edge's objects, each parsed once: one that did not change is the same value as before.
import type { ServiceObject } from "../wire/edge-service.ts";
import type { Objects } from "../wire/objects.ts";

/** Gives the services of the objects, in the order of their keys. */
export function serviceReader(): (objects: Objects) => readonly ServiceObject[] {
  let last: { readonly objects: Objects; readonly services: readonly ServiceObject[] } | undefined;
  let parsed = new Map<string, ServiceObject>();
  return (objects) => {
    if (last?.objects === objects) return last.services;
    const texts = Object.entries(objects).flatMap(([key, text]) => (key.startsWith("service/") ? [text] : []));
    parsed = new Map(texts.map((text) => [text, parsed.get(text) ?? (JSON.parse(text) as ServiceObject)]));
    last = { objects, services: [...parsed.values()] };
    return last.services;
  };
}
