// Requests that wait for a target whose tunnel has gone dark: nothing will come, and nginx would notice by the read timeout
// alone. Those that another target may take are cut off from it, and nginx tries them again as after any broken
// connection. The others wait on: the target may have done their work, and the tunnel may come back.
import type { DarkReason } from "../wire/edge-state.ts";
import { cutTarget } from "./cut.ts";
import { isIdempotent } from "./methods.ts";
import type { RequestRecord } from "./record.ts";
import { recordsInUse } from "./record.ts";
import type { Service, Target } from "./world.ts";

/** As the edge process gives it. */
export const darkReason: DarkReason = "its tunnel is dark";

function mayGoOn({ method, tries, targetMs }: RequestRecord, { furtherTries, healthy }: Service): boolean {
  return targetMs < 0 && tries <= furtherTries && healthy.length > 0 && isIdempotent[method] !== undefined;
}

/** Once for each target that has become dark, when the service does without it. */
export function cutWaits(service: Service, target: Target): void {
  for (const [key, record] of recordsInUse()) {
    if (record.target?.id !== target.id || !mayGoOn(record, service)) continue;
    cutTarget(key, record);
  }
}
