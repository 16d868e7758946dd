// policies and routes: which requests go to which service, and what happens to them on the way.
import { addFault, flag, list, mapping, parsed } from "../fields.ts";
import { Fault } from "../issue.ts";
import { checkHostPattern, checkMethod, parsePath } from "../matching.ts";
import { byName, name } from "../names.ts";
import { pluginsSchema } from "../plugins.ts";
import { duration, size } from "../quantities.ts";
import { headerConditions, queryConditions } from "./conditions.ts";
import { mirrorSchema } from "./mirror.ts";
import { maintenanceSchema, redirectSchema, respondSchema, rewriteSchema } from "./route-answers.ts";
import { keepSchema, servicesSchema } from "./split.ts";

const host = parsed({ description: "A host name, *.example.com, or *.", hint: "write a host name" }, checkHostPattern);
const path = parsed(
  {
    description: "/orders/ and below, /orders alone, / for all; {name} stands for any segment.",
    hint: "write a path such as /orders/",
    pattern: /^\//,
  },
  parsePath,
);
const method = parsed({ description: "A method.", hint: "write a method such as GET" }, checkMethod);

const buffering = mapping(
  {
    request: flag("Whether a request body is read whole before it is sent on.").prefault(true),
    response: flag("Whether a response may run ahead of a slow client, in memory.").prefault(true),
  },
  "What the gateway holds back of bodies.",
  "write { request: false }",
);

const timeouts = mapping(
  {
    connect: duration("To connect to a target.", "10ms", "1m").optional(),
    send: duration("Between two writes of the request.", "10ms", "1d").optional(),
    read: duration("Between two reads of the response.", "10ms", "1d").optional(),
    response: duration("Until the response starts, over all tries.", "10ms", "1d").optional(),
    total: duration("Until the response ends.", "10ms", "30d").optional(),
  },
  "How long this route waits, where it differs from its service.",
  "write { read: 10m }",
);

const routeSchema = mapping(
  {
    name: name("The route's name, in metrics and logs."),
    hosts: list(host, { description: "Host names it serves.", hint: "write a list: [api.example.com]" }, { min: 1 }),
    paths: list(
      path,
      { description: "Paths it serves: /orders/ is a prefix, /orders exact.", hint: "write a list: [/orders/]" },
      { min: 1 },
    ).prefault(["/"]),
    methods: list(
      method,
      { description: "Methods it serves; all unless told.", hint: "write a list: [GET, POST]" },
      { min: 1 },
    ).optional(),
    headers: headerConditions.prefault({}),
    query: queryConditions.prefault({}),
    service: name("The service that answers.").optional(),
    services: servicesSchema.optional(),
    keep: keepSchema.optional(),
    redirect: redirectSchema.optional(),
    respond: respondSchema.optional(),
    maintenance: maintenanceSchema.optional(),
    rewrite: rewriteSchema.optional(),
    mirror: mirrorSchema.optional(),
    policies: list(name("A policy."), {
      description: "Policies it uses, a later one over an earlier.",
      hint: "write a list of policies' names",
    }).prefault([]),
    use: pluginsSchema("Plugins of this route alone, over those of its policies.").prefault({}),
    maxBody: size("The largest request body.", "1B", "1024GiB").prefault("10MiB"),
    timeouts: timeouts.optional(),
    buffering: buffering.prefault({}),
  },
  "A route.",
  "write { name: orders, hosts: [api.example.com], service: orders }",
).superRefine((route, context) => {
  const fault = (code: string, message: string, hint: string, key: string) =>
    addFault(context, new Fault(code, message, hint), [key]);
  const ways = (["service", "services", "redirect", "respond"] as const).filter((key) => route[key] !== undefined);
  if (ways.length === 0)
    fault("missing", "service is missing", "write service: and the name of one of `services`", "service");
  if (ways.length === 2) fault("contradiction", `a route has ${ways.join(" or ")}, not both`, "keep one", ways[1]!);
  if (ways.length > 2) fault("contradiction", `a route has one of ${ways.join(", ")}`, "keep one", ways[1]!);
  if (route.keep && !route.services)
    fault("contradiction", "keep is for a route over several services", "take it out, or write services", "keep");
  if (!route.redirect && !route.respond) return;
  for (const key of ["timeouts", "rewrite", "mirror"] as const)
    if (route[key] !== undefined) fault("contradiction", "this route asks no service", `take ${key} out`, key);
});

export const policiesSchema = byName(pluginsSchema("Plugins that routes share."), "Bundles of plugins by name.");
export const routesSchema = list(
  routeSchema,
  { description: "Which requests go where; the most specific route wins.", hint: "write a list of routes" },
  { unique: false },
);
