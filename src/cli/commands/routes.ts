// portway routes: which public requests go where, as the file in force says.

import { destinationText } from "../../plan/route-answers.ts";
import { parseSpec } from "../../spec/parse.ts";
import type { PluginName } from "../../spec/plugin-types.ts";
import type { PathMatch, RouteSpec } from "../../spec/route-types.ts";
import type { Spec } from "../../spec/types.ts";
import type { SpecDocument } from "../../wire/api.ts";
import { AppError } from "../../wire/errors.ts";
import type { CommandWork } from "../command.ts";

interface RouteView {
  readonly name: string;
  readonly hosts: readonly string[];
  /** As the file writes them: `/orders/` a prefix, `/orders` exact. */
  readonly paths: readonly string[];
  /** Empty: all. */
  readonly methods: readonly string[];
  /** Empty: it answers itself. */
  readonly service: string;
  /** The service, or what the route answers instead, as a person reads it. */
  readonly destination: string;
  readonly plugins: readonly string[];
}

export const command: CommandWork = {
  run: async (context) => {
    const { text, revision } = await context.api().call<SpecDocument>("specGet");
    const routes = revision === 0 ? [] : specInForce(text).routes.map(viewOf);
    context.answer({ revision, routes }, () => {
      if (routes.length === 0) return context.print("no routes; `portway expose` adds one to the file");
      const rows = routes.map((route) => [
        context.colour.strong(route.name),
        route.hosts.join(" "),
        route.paths.join(" "),
        route.methods.join(",") || "all",
        route.destination,
        route.plugins.join(" ") || context.colour.warn("none"),
      ]);
      context.table([["ROUTE", "HOSTS", "PATHS", "METHODS", "GOES TO", "PLUGINS"], ...rows]);
    });
    return 0;
  },
};

function specInForce(text: string): Spec {
  const { spec } = parseSpec(text);
  if (spec !== undefined) return spec;
  throw new AppError("invalidSpec", "this version of Portway cannot read the file that is in force", {
    hint: "use the version that control runs: portway status --json | jq .version",
  });
}

function viewOf(route: RouteSpec): RouteView {
  const { name, hosts, paths, methods, service = "", plugins } = route;
  const used = Object.keys(plugins).filter((plugin) => plugins[plugin as PluginName] !== undefined);
  const destination = destinationText(route);
  return { name, hosts, paths: paths.map(pathText), methods, service, destination, plugins: used };
}

const pathText = ({ kind, path }: PathMatch): string => (kind === "prefix" ? `${path}/` : path);
