// A service and a route as files usually have them, with all that a measurement does not care about filled in.
import type { RouteObject } from "../src/wire/edge.ts";
import type { ServiceObject } from "../src/wire/edge-service.ts";

/** One target on this port of loopback. */
export function plainService(name: string, port: number, changes: Partial<ServiceObject> = {}): ServiceObject {
  return {
    name,
    targets: [{ name: `${name}-1`, address: "127.0.0.1", port }],
    balance: "roundRobin",
    ejection: { errors: 5, cooldownMs: 10_000 },
    retries: 1,
    timeouts: { connectMs: 5_000, sendMs: 60_000, readMs: 60_000 },
    ...changes,
  };
}

/** All that is asked under `api.example.com`, of the service of the same name. */
export function plainRoute(name: string, changes: Partial<RouteObject> = {}): RouteObject {
  return {
    name,
    hosts: ["api.example.com"],
    paths: [{ kind: "prefix", path: "" }],
    methods: [],
    service: name,
    plugins: [],
    maxBodyBytes: 1_048_576,
    ...changes,
  };
}
