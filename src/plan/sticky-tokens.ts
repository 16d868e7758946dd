// What a sticky cookie says: a token for each target, an HMAC of service and target. Whoever lacks control's key cannot make
// one, none tells a name, and they are the same on every edge and after any restart.
import { createHmac } from "node:crypto";
import type { TargetObject } from "../wire/edge-service.ts";

/** 132 bits. */
const tokenLength = 22;

/** The targets, each with its token. */
export function withTokens(key: string, service: string, targets: readonly TargetObject[]): readonly TargetObject[] {
  return targets.map((target) => ({ ...target, token: stickyToken(key, service, target.name) }));
}

/** A service's name has no space in it, so that no two pairs are one text. */
export function stickyToken(key: string, service: string, target: string): string {
  return tokenFor(key, `sticky ${service} ${target}`);
}

/** What a cookie says of one of the services that a route is split over. */
export function splitToken(key: string, route: string, service: string): string {
  return tokenFor(key, `split ${route} ${service}`);
}

function tokenFor(key: string, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url").slice(0, tokenLength);
}
