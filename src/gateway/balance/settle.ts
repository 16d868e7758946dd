// The end of a request's last try, for services whose picks depend on what is in flight.
import type { RequestRecord } from "../record.ts";
import { nowMs } from "../request.ts";
import type { Service, Target } from "../world.ts";
import { end } from "./load.ts";

/** In the log phase. A target that broke off leaves nginx without a status. */
export function settle(record: RequestRecord, service: Service, target: Target, status: number): void {
  const now = nowMs();
  const answerMs = record.targetMs;
  if (status >= 500) end(service, target, Math.max(answerMs, 0), "failed", now);
  else if (answerMs >= 0) end(service, target, answerMs, "answered", now);
  else end(service, target, now - record.targetStartMs, "abandoned", now);
}
