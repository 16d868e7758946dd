// What a route answers itself, what it changes of requests and how it splits them, from its written form.

import type { MirrorSpec, RedirectSpec, RewriteSpec, RouteSpec, SplitSpec } from "./route-types.ts";
import type { Written } from "./schema.ts";

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

export function splitSpec(services: SplitSpec["services"], keep: WrittenRoute["keep"]): SplitSpec {
  if (!keep) return { services };
  const { cookie, header, maxAge } = keep;
  if (cookie === undefined) return { services, keep: { kind: "header", name: header! } };
  return { services, keep: { kind: "cookie", name: cookie, ...(maxAge !== undefined && { maxAgeSeconds: maxAge }) } };
}

export function mirrorSpec({ service, share, maxBody }: NonNullable<WrittenRoute["mirror"]>): MirrorSpec {
  return { service, percent: share, mostBytes: maxBody };
}
