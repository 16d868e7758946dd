// Edits of headers that would undo what CORS says: credentials must never come together with every origin.
import { errorAt, type Finding } from "../issue.ts";
import type { HeaderEdits } from "../plugin-types.ts";
import type { Spec } from "../types.ts";

const prefix = "access-control-";

export function checkCorsHeaders({ routes }: Spec): Finding[] {
  return routes.flatMap(({ name, plugins: { cors, responseHeaders } }, index): Finding[] => {
    const edited =
      cors && responseHeaders && namesOf(responseHeaders).find((one) => one.toLowerCase().startsWith(prefix));
    if (edited === undefined) return [];
    const message = `route ${name} has cors, which says ${edited}, and edits that header too (headers.response)`;
    return [errorAt(["routes", index], "contradiction", message, "take the header out, or cors")];
  });
}

function namesOf({ set, add, remove, rename }: HeaderEdits): readonly string[] {
  return [...Object.keys(set), ...Object.keys(add), ...remove, ...Object.entries(rename).flat()];
}
