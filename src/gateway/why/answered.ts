// A plugin is about to answer the request by itself, which ends the phase there: what is noted of it must be before.
import { pause } from "../own-time.ts";
import type { RequestRecord } from "../record.ts";
import { noteStepTime } from "./run.ts";

export function noteOwnAnswer(request: RequestRecord, plugin: string): void {
  request.answeredBy = plugin;
  if (request.trace !== undefined) noteStepTime(request.trace, plugin);
  if (request.timing !== undefined) pause(request.timing);
}
