// A route over several services: as the gateway gets it, and as a person reads it.
import type { RouteSpec, SplitSpec } from "../spec/route-types.ts";
import { formatSize } from "../spec/units.ts";
import type { SplitConfig } from "../wire/edge.ts";
import { durationText } from "./duration-text.ts";
import type { View } from "./fields.ts";
import type { Observed } from "./observed.ts";
import { splitToken } from "./sticky-tokens.ts";

/** Without control's key there are no cookies: requests go by weight alone. */
export function splitConfig(route: string, { services, keep }: SplitSpec, { stickyKey }: Observed): SplitConfig {
  if (keep?.kind === "header") return { services, keep: { header: keep.name } };
  if (keep === undefined || stickyKey === undefined) return { services };
  const { name: cookie, maxAgeSeconds } = keep;
  return {
    services: services.map((share) => ({ ...share, token: splitToken(stickyKey, route, share.name) })),
    keep: { cookie, ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) },
  };
}

/** `orders 95, orders-next 5` */
export function splitText({ services }: SplitSpec): string {
  return services.map(({ name, weight }) => `${name} ${weight}`).join(", ");
}

/** Copies too: they are a split whose answers nobody waits for. */
export function splitView({ split, mirror }: RouteSpec): View {
  const copies = mirror && `${mirror.percent}% to ${mirror.service}, bodies up to ${formatSize(mirror.mostBytes)}`;
  return {
    services: split ? splitText(split) : "",
    keep: split?.keep ? keepText(split.keep) : "",
    mirror: copies ?? "",
  };
}

function keepText(keep: NonNullable<SplitSpec["keep"]>): string {
  const lasting = keep.kind === "cookie" && keep.maxAgeSeconds !== undefined;
  return `${keep.kind} ${keep.name}${lasting ? ` for ${durationText(keep.maxAgeSeconds! * 1000)}` : ""}`;
}
