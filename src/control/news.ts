// What hosts tell of happenings becomes events. Their programs tell each again until they know that it arrived.
import type { HostEvent, HostStatus } from "../wire/stream.ts";
import type { Events } from "./events.ts";

/** Takes what came with a status of the host's program. */
export type News = (host: string, program: HostStatus["program"], told: readonly HostEvent[]) => void;

export function createNews(events: Pick<Events, "publish">): News {
  const heard = new Map<string, ReadonlySet<number>>();
  return (host, program, told) => {
    const teller = `${program} ${host}`;
    const known = heard.get(teller);
    for (const { id, kind, subject, text } of told) {
      if (!known?.has(id)) events.publish({ kind, subject, text: `${host}: ${text}` });
    }
    if (told.length > 0) heard.set(teller, new Set(told.map(({ id }) => id)));
    else if (known !== undefined) heard.delete(teller);
  };
}
