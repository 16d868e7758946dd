// Templates that name what their route does not have.
import { errorAt, type Finding } from "../issue.ts";
import type { RouteSpec } from "../route-types.ts";
import { fieldsOf, type TemplateField } from "../template.ts";
import { templatesOf } from "../template-uses.ts";
import type { Spec } from "../types.ts";

export function checkTemplates({ routes }: Spec): Finding[] {
  return routes.flatMap((route, index) =>
    distinct(templatesOf(route.plugins).flatMap(fieldsOf)).flatMap((field) => {
      const lack = lackOf(field, route);
      if (!lack) return [];
      const message = `route ${route.name} uses {${field.from}.${field.name}}, and ${lack.reason}`;
      return [errorAt(["routes", index], "templateUnknown", message, lack.hint)];
    }),
  );
}

function lackOf({ from, name }: TemplateField, route: RouteSpec): { reason: string; hint: string } | undefined {
  if (from === "jwt" && !route.plugins.jwt)
    return { reason: "it has no jwt", hint: "add jwt, or take the template out" };
  if (from !== "path") return undefined;
  const without = route.paths.find(({ path }) => !path.split("/").includes(`{${name}}`));
  if (!without) return undefined;
  return {
    reason: `its path ${without.path || "/"} has no such segment`,
    hint: `write {${name}} as a segment of each of its paths`,
  };
}

function distinct(fields: readonly TemplateField[]): TemplateField[] {
  return [...new Map(fields.map((field) => [`${field.from}.${field.name}`, field])).values()];
}
