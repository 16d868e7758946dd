// Snapshot objects for gateway tests, with everything that a test does not care about filled in.
import type { RouteObject } from "../../src/wire/edge.ts";
import type { HeaderEditsConfig, PluginObject } from "../../src/wire/edge-plugins.ts";
import type { ServiceObject } from "../../src/wire/edge-service.ts";
import type { Objects } from "../../src/wire/objects.ts";

type Target = ServiceObject["targets"][number];

/** Targets on ports of loopback, named `t1`, `t2`, … */
export function targetsAt(...ports: readonly number[]): Target[] {
  return ports.map((port, index) => ({ name: `t${index + 1}`, address: "127.0.0.1", port }));
}

export function service(name: string, targets: readonly Target[], changes: Partial<ServiceObject> = {}): Objects {
  const object: ServiceObject = {
    name,
    targets,
    balance: "roundRobin",
    ejection: { errors: 3, cooldownMs: 60_000 },
    retries: 1,
    timeouts: { connectMs: 1000, sendMs: 1000, readMs: 1000 },
    ...changes,
  };
  return { [`service/${name}`]: JSON.stringify(object) };
}

/** A route for host `NAME.test` and all paths to the service `app`, with these plugins. */
export function route(
  name: string,
  changes: Partial<Omit<RouteObject, "plugins">> = {},
  plugins: readonly PluginObject[] = [],
): Objects {
  const withKeys = plugins.map((plugin, index) => [`plugin/${plugin.plugin}/${name}${index}`, plugin] as const);
  const object: RouteObject = {
    name,
    hosts: [`${name}.test`],
    paths: [{ kind: "prefix", path: "" }],
    methods: [],
    service: "app",
    maxBodyBytes: 1_048_576,
    ...changes,
    plugins: withKeys.map(([key]) => key),
  };
  const pluginObjects = Object.fromEntries(withKeys.map(([key, plugin]) => [key, JSON.stringify(plugin)]));
  return { [`route/${name}`]: JSON.stringify(object), ...pluginObjects };
}

/** What is changed of headers, and nothing else. */
export function headerEdits(
  plugin: "requestHeaders" | "responseHeaders",
  config: Partial<HeaderEditsConfig>,
): PluginObject {
  return { plugin, config: { set: [], add: [], remove: [], ...config } };
}
