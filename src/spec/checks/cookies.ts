// Two cookies of the gateway's own that a browser would take for one.
import { errorAt, type Finding } from "../issue.ts";
import { servicesOf } from "../route-services.ts";
import type { Spec } from "../types.ts";

export function checkCookies({ routes, services }: Spec): Finding[] {
  return routes.flatMap((route, index): Finding[] => {
    const keep = route.split?.keep;
    if (keep?.kind !== "cookie") return [];
    const other = servicesOf(route).find(
      (name) => Object.hasOwn(services, name) && services[name]!.sticky?.cookie === keep.name,
    );
    if (other === undefined) return [];
    const message = `the sticky cookie of ${other} has the name ${keep.name} too: each would overwrite the other`;
    return [errorAt(["routes", index, "keep", "cookie"], "contradiction", message, "give one another name")];
  });
}
