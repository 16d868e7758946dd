// What stands between a request that its route's plugins let through and its target.
import type { Pointer } from "./request.ts";
import { bodyTooLarge } from "./request-body.ts";
import type { Route } from "./world.ts";

/** Why the request is refused all the same, as the metrics have it; empty: it goes on to a target. */
export function lastRefusal(pointer: Pointer, { maxBodyBytes, service }: Route): "" | "tooLarge" | "noTarget" {
  if (maxBodyBytes > 0 && bodyTooLarge(pointer, maxBodyBytes)) return "tooLarge";
  if (service === undefined || service.targets.length === 0) return "noTarget";
  return "";
}
