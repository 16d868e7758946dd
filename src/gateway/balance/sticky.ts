// Sticky sessions: a cookie that names the client's target by a token. Tokens are made by control (an HMAC of service and
// target under a key that only control has), so they are the same on every edge and after any restart; here they are looked
// up. A client can only show a token that it was given: one that names no target of the service, or one that is out, is as
// good as none, and gets a new one.
import type { ServiceObject } from "../../wire/edge-service.ts";
import { cookieForm, tellCookie } from "../cookie-form.ts";
import type { RequestRecord } from "../record.ts";
import { currentRequest, variable } from "../request.ts";
import type { Service, Sticky, Target } from "../world.ts";

export function stickyOf(object: ServiceObject, targets: readonly Target[]): Sticky | undefined {
  if (object.sticky === undefined) return undefined;
  const { cookie, maxAgeSeconds } = object.sticky;
  const byToken: Record<string, Target> = {};
  for (const target of targets) if (target.token !== undefined) byToken[target.token] = target;
  return { ...cookieForm(cookie, maxAgeSeconds), byToken };
}

/** The target that the client's cookie names, if that may take part. */
export function stuckTarget(service: Service, sticky: Sticky): Target | undefined {
  const token = variable(currentRequest(), sticky.variable);
  if (token === undefined) return undefined;
  const target = sticky.byToken[token];
  if (target === undefined) return undefined;
  return target.isHealthy || service.healthy.length === 0 ? target : undefined;
}

/** Tells the client its target's token, unless it has it, or the target failed. */
export function tellToken(request: RequestRecord, service: Service): void {
  const token = request.target?.token;
  const sticky = service.sticky;
  if (token === undefined || sticky === undefined) return;
  tellCookie(request, sticky, token);
}
