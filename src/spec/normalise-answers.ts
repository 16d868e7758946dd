// What a route answers itself and what it changes of requests, from its written form.
import type { Written } from "./schema.ts";
import type { RedirectSpec, RewriteSpec, RouteSpec } from "./types.ts";

type WrittenRoute = Written["routes"][number];

const usualRetryAfterSeconds = 300;

export function answerSpec({
  redirect,
  respond,
  maintenance,
  rewrite,
}: WrittenRoute): Pick<RouteSpec, "redirect" | "respond" | "maintenance" | "rewrite"> {
  const retryAfterSeconds = typeof maintenance === "object" ? maintenance.retryAfter : usualRetryAfterSeconds;
  return {
    ...(redirect && { redirect: redirectSpec(redirect) }),
    ...(respond && { respond }),
    ...(maintenance && { maintenance: { retryAfterSeconds } }),
    ...(rewrite && { rewrite: elsewhere(rewrite) }),
  };
}

function redirectSpec(written: NonNullable<WrittenRoute["redirect"]>): RedirectSpec {
  const { status, scheme } = written;
  return { status, ...(scheme && { scheme }), ...elsewhere(written) };
}

/** Those that are written. */
function elsewhere({ host, path, prefix }: NonNullable<WrittenRoute["rewrite"]>): RewriteSpec {
  return {
    ...(host !== undefined && { host }),
    ...(path !== undefined && { path }),
    ...(prefix !== undefined && { prefix }),
  };
}
