// What keeps requests away from targets that fail, from its written form.
import type { Written } from "./schema.ts";
import type { BreakerSpec, EjectionSpec, HealthSpec } from "./service-types.ts";

type WrittenService = Written["services"][string];
type WrittenHealth = NonNullable<WrittenService["health"]>;

/** Unless told: the pause grows to thirty times the first one. */
const growth = 30;
const anySuccess = [{ first: 200, last: 299 }] as const;

export function ejectionSpec({ errors, share, cooldown, longest, floor }: WrittenService["ejection"]): EjectionSpec {
  return {
    errors,
    cooldownMs: cooldown,
    longestMs: longest ?? cooldown * growth,
    ...(share !== undefined && { sharePercent: share }),
    floorPercent: floor,
  };
}

export function healthSpec(written: WrittenHealth): HealthSpec {
  const { port, every, timeout, rise, fall } = written;
  return {
    check: checkOf(written),
    ...(port !== undefined && { port }),
    everyMs: every,
    timeoutMs: timeout,
    rise,
    fall,
  };
}

function checkOf({ path, host, status, body, grpc, tcp }: WrittenHealth): HealthSpec["check"] {
  if (grpc) return { kind: "grpc", service: grpc.service ?? "" };
  if (tcp) return { kind: "tcp" };
  return {
    kind: "http",
    path: path!,
    ...(host !== undefined && { host }),
    statuses: status ?? anySuccess,
    ...(body !== undefined && { body }),
  };
}

export function breakerSpec(written: NonNullable<WrittenService["breaker"]>): BreakerSpec {
  const { errors, share, window, least, active, pending, cooldown, probes } = written;
  return {
    ...(errors !== undefined && { errors }),
    ...(share !== undefined && { sharePercent: share }),
    windowMs: window,
    leastRequests: least,
    ...(active !== undefined && { active }),
    ...(pending !== undefined && { pending }),
    cooldownMs: cooldown,
    probes,
  };
}
