// Settings for a service that is not there.
import { type Finding, type Path, warningAt } from "../issue.ts";
import { servicesOf } from "../route-services.ts";
import type { Written } from "../schema.ts";
import type { Spec } from "../types.ts";

export function checkAnswers({ routes }: Spec, written: Written): Finding[] {
  return routes.flatMap((route, index) => {
    const edits = written.routes[index]?.use.headers?.request;
    return edits && servicesOf(route).length === 0 ? [nobodyReads(["routes", index, "use", "headers", "request"])] : [];
  });
}

function nobodyReads(path: Path): Finding {
  const message = "this route asks no service that would get these headers";
  return warningAt(path, "unusedHeaders", message, "take it out; headers.response changes the answer");
}
