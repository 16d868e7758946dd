// What the target sees of path and host, where a route changes them: after all that judges the request, so that rules go by
// what the client asked for. The new path is made of the canonical one and encoded anew by nginx, so that the target reads
// what was judged, in another place.
import type { RewriteConfig } from "../wire/edge.ts";
import type { RequestRecord } from "./record.ts";
import { currentRequest, setVariable } from "./request.ts";
import { pathBelow } from "./routing/path-below.ts";
import type { AccessStep, AnswerStep } from "./world.ts";

function pathFor({ route, path }: RequestRecord, { path: whole, prefix }: RewriteConfig): string | undefined {
  if (whole !== undefined) return whole;
  if (prefix === undefined) return undefined;
  const below = prefix + pathBelow(route!.paths, path, path);
  return below === "" ? "/" : below;
}

function rewrite(request: RequestRecord, config: RewriteConfig): number {
  const path = pathFor(request, config);
  if (path !== undefined) ngx.req.set_uri(path, false, true);
  if (config.host !== undefined) setVariable(currentRequest(), "portway_host", config.host);
  return 0;
}

/** The access log tells of the client's path: once the answer has begun, nothing is sent to a target any more. */
function restore(request: RequestRecord): void {
  ngx.req.set_uri(request.path, false, true);
}

export function rewriteSteps(config: RewriteConfig | undefined): AccessStep[] {
  return config === undefined ? [] : [{ plugin: "rewrite", run: rewrite, ready: config as never }];
}

export function restoreSteps(config: RewriteConfig | undefined): AnswerStep[] {
  const isMoved = config?.path !== undefined || config?.prefix !== undefined;
  return isMoved ? [{ plugin: "rewrite", run: restore, ready: config as never }] : [];
}
