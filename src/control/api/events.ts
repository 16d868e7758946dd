// GET /v1/events: what happens, as server-sent events. A listener that comes back says where it was (Last-Event-ID).
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { ControlEvent } from "../../wire/api.ts";
import type { Control } from "../control.ts";
import { endpoint, streamed } from "./endpoint.ts";

/** A listener this far behind is dropped: it comes back and continues. */
const maxWaitingBytes = 1024 * 1024;
const commentEveryMs = 15_000;

const controlEvent = z.object({
  id: z.number(),
  at: z.string(),
  kind: z.string(),
  subject: z.string(),
  text: z.string(),
}) satisfies z.ZodType<ControlEvent>;

export const eventsEndpoints = (control: Pick<Control, "events" | "clock" | "stopping">) => ({
  events: endpoint({
    summary: "What happens from now on, or from Last-Event-ID.",
    answer: controlEvent,
    mediaType: "text/event-stream",
    handle: ({ incoming, outgoing }) => {
      outgoing.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      void serveEvents(control, lastEventId(incoming), outgoing);
      return streamed;
    },
  }),
});

/** Serves one listener until it goes, falls behind or control stops. */
async function serveEvents(
  { events, clock, stopping }: Pick<Control, "events" | "clock" | "stopping">,
  lastId: number | undefined,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  const over = AbortSignal.any([gone.signal, stopping]);
  const send = (event: ControlEvent) => {
    outgoing.write(`id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
    if (outgoing.writableLength > maxWaitingBytes) outgoing.destroy();
  };
  if (lastId !== undefined) events.since(lastId).forEach(send);
  const stopListening = events.listen(send);
  while (!over.aborted) {
    outgoing.write(": open\n\n");
    await clock.sleep(commentEveryMs, over);
  }
  stopListening();
  outgoing.end();
}

function lastEventId({ headers }: IncomingMessage): number | undefined {
  const id = headers["last-event-id"];
  return typeof id === "string" && /^\d{1,16}$/.test(id) ? Number(id) : undefined;
}
