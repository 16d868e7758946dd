// What a route answers itself, from its written form.
import type { Written } from "./schema.ts";
import type { RedirectSpec, RouteSpec } from "./types.ts";

type WrittenRoute = Written["routes"][number];

const usualRetryAfterSeconds = 300;

export function answerSpec({
  redirect,
  respond,
  maintenance,
}: WrittenRoute): Pick<RouteSpec, "redirect" | "respond" | "maintenance"> {
  const retryAfterSeconds = typeof maintenance === "object" ? maintenance.retryAfter : usualRetryAfterSeconds;
  return {
    ...(redirect && { redirect: redirectSpec(redirect) }),
    ...(respond && { respond }),
    ...(maintenance && { maintenance: { retryAfterSeconds } }),
  };
}

function redirectSpec({ status, scheme, host, path, prefix }: NonNullable<WrittenRoute["redirect"]>): RedirectSpec {
  return {
    status,
    ...(scheme && { scheme }),
    ...(host !== undefined && { host }),
    ...(path !== undefined && { path }),
    ...(prefix !== undefined && { prefix }),
  };
}
