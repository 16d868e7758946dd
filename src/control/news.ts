// What edges tell of happenings becomes events. An edge tells each again until it knows that it arrived.
import type { EdgeEvent } from "../wire/stream.ts";
import type { Events } from "./events.ts";

/** Takes what came with a status of the host. */
export type News = (host: string, told: readonly EdgeEvent[]) => void;

export function createNews(events: Pick<Events, "publish">): News {
  const heard = new Map<string, ReadonlySet<number>>();
  return (host, told) => {
    const known = heard.get(host);
    for (const { id, kind, subject, text } of told) {
      if (!known?.has(id)) events.publish({ kind, subject, text: `${host}: ${text}` });
    }
    heard.set(host, new Set(told.map(({ id }) => id)));
  };
}
