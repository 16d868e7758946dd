// What control's stream object says, parsed once: while it does not change, its services are the same values.
import type { StreamListener, StreamObject } from "../wire/edge.ts";
import type { Objects } from "../wire/objects.ts";
import type { CheckedService } from "./health/checked.ts";

export interface KnownStream {
  readonly stream: StreamObject | undefined;
  readonly services: readonly CheckedService[];
}

export function streamReader(): (objects: Objects) => KnownStream {
  let lastText: string | undefined;
  let last: KnownStream = { stream: undefined, services: [] };
  return ({ stream: text }) => {
    if (text === lastText) return last;
    lastText = text;
    const stream = text === undefined ? undefined : (JSON.parse(text) as StreamObject);
    const services = Object.entries(stream?.services ?? {}).map(([name, { targets, health, tls }]) => ({
      ...{ name, targets },
      ...(health && { health }),
      ...(tls && { tls }),
    }));
    last = { stream, services };
    return last;
  };
}

/** The services that a listener sends to, each once. */
export function listenedServices({ to }: StreamListener): readonly string[] {
  return typeof to === "string" ? [to] : [...new Set(to.map(({ service }) => service))];
}
