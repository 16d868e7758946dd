// GET /v1/routes: which public requests go where, as the file in force says.
import { z } from "zod";
import { destinationText } from "../../plan/route-answers.ts";
import { formatPathMatch } from "../../spec/matching.ts";
import { servicesOf } from "../../spec/route-services.ts";
import type { RouteSpec } from "../../spec/route-types.ts";
import type { RoutesAnswer, RouteView } from "../../wire/routes.ts";
import type { Control } from "../control.ts";
import { endpoint } from "./endpoint.ts";

const texts = z.array(z.string());

const routesAnswer = z.object({
  revision: z.number(),
  routes: z.array(
    z.object({
      name: z.string(),
      hosts: texts,
      paths: texts,
      methods: texts,
      destination: z.string(),
      services: texts,
      plugins: texts,
    }),
  ),
}) satisfies z.ZodType<RoutesAnswer>;

export const routesEndpoints = (control: Pick<Control, "facts" | "specInForce">) => ({
  routesList: endpoint({
    summary: "The routes of the file in force, in its order: what they take, where it goes, and their plugins.",
    answer: routesAnswer,
    handle: (): RoutesAnswer => {
      const facts = control.facts();
      const spec = control.specInForce(facts);
      return { revision: facts.spec?.revision ?? 0, routes: (spec?.routes ?? []).map(viewOf) };
    },
  }),
});

function viewOf(route: RouteSpec): RouteView {
  const { name, hosts, paths, methods, plugins } = route;
  return {
    ...{ name, hosts: [...hosts], paths: paths.map(formatPathMatch), methods: [...methods] },
    ...{ destination: destinationText(route), services: [...servicesOf(route)] },
    plugins: Object.entries(plugins).flatMap(([plugin, config]) => (config === undefined ? [] : [plugin])),
  };
}
