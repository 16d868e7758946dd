// What keeps requests away from targets that fail, as a person compares it.
import type { BreakerSpec, EjectionSpec, HealthSpec, ServiceSpec } from "../spec/service-types.ts";
import { durationText } from "./duration-text.ts";

const joined = (parts: readonly (string | false)[]) => parts.filter((part) => part !== false).join(", ");

export function ejectionText({ errors, cooldownMs, longestMs, sharePercent, floorPercent }: EjectionSpec): string {
  return joined([
    `after ${errors} errors for ${durationText(cooldownMs)} to ${durationText(longestMs)}`,
    sharePercent !== undefined && `${sharePercent}% more errors than the others`,
    floorPercent > 0 && `floor ${floorPercent}%`,
  ]);
}

export function healthText({ check, port, everyMs, timeoutMs, rise, fall }: HealthSpec): string {
  return joined([
    checkText(check),
    port !== undefined && `port ${port}`,
    `every ${durationText(everyMs)}, timeout ${durationText(timeoutMs)}, rise ${rise}, fall ${fall}`,
  ]);
}

function checkText(check: HealthSpec["check"]): string {
  if (check.kind === "tcp") return "tcp";
  if (check.kind === "grpc") return check.service === "" ? "grpc" : `grpc ${check.service}`;
  const statuses = check.statuses.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  return joined([
    `http ${check.path}`,
    check.host !== undefined && `host ${check.host}`,
    `status ${statuses.join(" or ")}`,
    check.body !== undefined && `body with ${JSON.stringify(check.body)}`,
  ]);
}

export function breakerText(breaker: BreakerSpec): string {
  const { errors, sharePercent, windowMs, leastRequests, active, pending, cooldownMs, probes } = breaker;
  const opens = errors !== undefined || sharePercent !== undefined;
  return joined([
    errors !== undefined && `after ${errors} errors`,
    sharePercent !== undefined &&
      `at ${sharePercent}% errors of ${leastRequests} requests in ${durationText(windowMs)}`,
    opens && `for ${durationText(cooldownMs)}, then ${probes} probes`,
    active !== undefined && `${active} active`,
    pending !== undefined && `${pending} pending`,
  ]);
}

export function overloadText({ latencyMs, least }: NonNullable<ServiceSpec["overload"]>): string {
  return `answers in ${durationText(latencyMs)}, ${least} may always wait`;
}
