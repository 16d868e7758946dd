import assert from "node:assert/strict";
import { test } from "node:test";
import {
  all,
  hostNamed,
  hostOf,
  joined,
  routeOf,
  ruleOf,
  serviceOf,
  specOf,
  tagged,
  tcp,
} from "../../test/plan/spec.ts";
import type { JwtSpec, PluginSet, RateLimitSpec } from "../spec/plugin-types.ts";
import type { Spec } from "../spec/types.ts";
import type { NginxObject, RouteObject } from "../wire/edge.ts";
import type { PluginObject } from "../wire/edge-plugins.ts";
import type { ServiceObject } from "../wire/edge-service.ts";
import { compile } from "./compile.ts";
import { authenticationPlugins, pluginOrder } from "./plugin-table.ts";

const hosts = {
  "edge-1": hostOf({ roles: ["edge"], reachable: true }),
  "api-1": hostOf({ tags: ["api"] }),
  "api-2": hostOf({ tags: ["api"] }),
};
const orders = serviceOf({ targets: [tagged("api")], port: 8080 });
const rateLimit: RateLimitSpec = { per: { kind: "clientIp" }, tokens: 3, perMs: 1000, burst: 10 };
const jwt: JwtSpec = { audience: ["orders"], skewSeconds: 60, keys: [{ kty: "oct", k: "c2VjcmV0", kid: "1" }] };

/** The objects of edge-1, parsed; routes named `orders` unless told. */
function edge(parts: Partial<Omit<Spec, "network">>, who: readonly string[] = Object.keys(hosts)) {
  const base = { hosts, access: [ruleOf(all, all)], services: { orders }, routes: [routeOf("orders")] };
  const compiled = compile(specOf({ ...base, ...parts }), joined(who));
  const objects = compiled.hosts["edge-1"]!.edge!;
  const read = <T>(key: string) => JSON.parse(objects[key]!) as T;
  const plugins = (route: string) => read<RouteObject>(`route/${route}`).plugins.map((key) => read<PluginObject>(key));
  return { objects, read, plugins, warnings: compiled.warnings };
}

const targets = (parts: Partial<Omit<Spec, "network">>, who?: readonly string[]) =>
  edge(parts, who).read<ServiceObject>("service/orders").targets;

test("a service's targets are the joined hosts that its selectors name, by overlay address", () => {
  const compiled = compile(specOf({ hosts }), joined([]));
  assert.deepEqual(targets({}), [
    { name: "api-1", address: compiled.addresses["api-1"]!.ipv4, port: 8080 },
    { name: "api-2", address: compiled.addresses["api-2"]!.ipv4, port: 8080 },
  ]);
  assert.deepEqual(
    targets({}, ["edge-1", "api-2"]).map(({ name }) => name),
    ["api-2"],
  );
});

test("a target that no access rule lets the edge reach is left out with a warning", () => {
  const access = [
    ruleOf(hostNamed("edge-1"), hostNamed("api-1"), tcp(8080)),
    ruleOf(hostNamed("edge-1"), hostNamed("api-2"), tcp(22)),
  ];
  assert.deepEqual(
    targets({ access }).map(({ name }) => name),
    ["api-1"],
  );
  const warning = edge({ access }).warnings.find(({ code }) => code === "targetBlocked")!;
  assert.match(warning.text, /reach api-2 on tcp\/8080/);
});

test("an edge may be a target of its own, without a rule", () => {
  const services = { orders: serviceOf({ targets: [hostNamed("edge-1")], port: 8080 }) };
  assert.deepEqual(
    targets({ services, access: [] }).map(({ name }) => name),
    ["edge-1"],
  );
});

test("URL targets keep their literal address and are named by their URL", () => {
  const urls = [{ url: "http://192.0.2.9:81", address: "192.0.2.9", port: 81 }];
  assert.deepEqual(targets({ services: { orders: serviceOf({ urls }) } }), [
    { name: urls[0]!.url, address: "192.0.2.9", port: 81 },
  ]);
});

test("URLs with names are for the edge to look up, whom to ask and what they must not lead to beside them", () => {
  const named = (name: string, weight?: number) => ({
    url: `http://${name}:80`,
    name,
    port: 80,
    ...(weight && { weight }),
  });
  const literal = { url: "http://192.0.2.1:80", address: "192.0.2.1", port: 80 };
  const urls = [named("b.test", 2), literal, named("a.test"), named("a.test")];
  const resolve = { servers: ["192.0.2.53:53"], allow: ["127.0.0.0/8"] };
  const compiled = edge({ services: { orders: serviceOf({ targets: [], urls, resolve }) } });
  const { targets: direct, lookup } = compiled.read<ServiceObject>("service/orders");
  assert.deepEqual(direct, [{ name: "http://192.0.2.1:80", address: "192.0.2.1", port: 80 }]);
  assert.deepEqual(lookup?.names, [named("a.test"), named("b.test", 2)]);
  assert.deepEqual([lookup?.servers, lookup?.allow], [resolve.servers, resolve.allow]);
  const { ipv4, ipv6 } = specOf({}).network;
  assert.deepEqual(lookup?.network, [ipv4, ipv6]);
  assert.ok(compiled.warnings.every(({ code }) => code !== "serviceWithoutTarget"));
});

test("a service whose hosts have not joined has no targets, and a warning says so", () => {
  const { warnings, read } = edge({}, ["edge-1"]);
  assert.deepEqual(read<ServiceObject>("service/orders").targets, []);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["serviceWithoutTarget"],
  );
});

test("only services that a route uses reach the edge, and only edges have edge objects", () => {
  const compiled = compile(specOf({ hosts, services: { orders }, routes: [] }), joined(Object.keys(hosts)));
  assert.deepEqual(Object.keys(compiled.hosts["edge-1"]!.edge!), ["nginx"]);
  assert.equal(compiled.hosts["api-1"]!.edge, null);
});

test("plugins run in the table's order, whatever the order in the file", () => {
  const plugins: PluginSet = {
    hsts: { maxAgeSeconds: 60, includeSubdomains: true, preload: false },
    rateLimit,
    jwt,
    ipDeny: { prefixes: [] },
  };
  const names = edge({ routes: [routeOf("orders", { plugins })] })
    .plugins("orders")
    .map(({ plugin }) => plugin);
  assert.deepEqual(names, ["ipDeny", "jwt", "rateLimit", "hsts"]);
  assert.ok(names.every((name) => pluginOrder.includes(name)));
});

test("routes with the same configuration share its object, but each counts its own rate", () => {
  const routes = ["orders", "bills"].map((name) => routeOf(name, { service: "orders", plugins: { jwt, rateLimit } }));
  const { objects, plugins } = edge({ routes });
  const keys = (prefix: string) => Object.keys(objects).filter((key) => key.startsWith(prefix));
  assert.deepEqual([keys("plugin/jwt/").length, keys("plugin/rateLimit/").length, keys("keys/").length], [1, 2, 1]);
  const ids = ["orders", "bills"].map((name) => plugins(name)[1]!.config as { readonly id: string });
  assert.deepEqual(
    ids.map(({ id }) => id),
    ["orders", "bills"],
  );
});

test("keys are an object of their own, inline or by file", () => {
  const { read, plugins } = edge({ routes: [routeOf("orders", { plugins: { jwt } })] });
  const { keys } = plugins("orders")[0]!.config as { readonly keys: string };
  assert.deepEqual(read(`keys/${keys}`), { kind: "inline", jwks: jwt.keys });
  const byFile = edge({
    routes: [routeOf("orders", { plugins: { jwt: { ...jwt, keys: [], jwksFile: "/etc/jwks.json" } } })],
  });
  const config = byFile.plugins("orders")[0]!.config as { readonly keys: string };
  assert.deepEqual(byFile.read(`keys/${config.keys}`), { kind: "file", path: "/etc/jwks.json" });
});

test("configurations reach the gateway normalised", () => {
  const plugins: PluginSet = {
    ipAllow: { prefixes: ["10.2.0.0/16", "2001:db8::/32", "10.0.0.0/8"] },
    rateLimit: { ...rateLimit, per: { kind: "header", name: "X-Api-Key" } },
    requestHeaders: { rename: {}, set: { "X-B": "2", "X-A": "1" }, add: {}, remove: ["X-D", "X-C"] },
    hsts: { maxAgeSeconds: 60, includeSubdomains: true, preload: true },
  };
  const configs = edge({ routes: [routeOf("orders", { plugins })] })
    .plugins("orders")
    .map(({ config }) => config);
  assert.deepEqual(configs, [
    { prefixes: ["10.0.0.0/8", "2001:db8::/32"] },
    { per: "header", header: "x-api-key", intervalMicros: 333_333, burst: 10, tokens: 3, perMs: 1000, id: "orders" },
    {
      set: [
        ["X-A", "1"],
        ["X-B", "2"],
      ],
      add: [],
      remove: ["X-C", "X-D"],
    },
    { value: "max-age=60; includeSubDomains; preload" },
  ]);
});

test("names that no certificate file covers are listed for a self-signed one", () => {
  const nginx = (tls: Spec["tls"], parts: Partial<Omit<Spec, "network">> = {}) => {
    const names = ["api.example.com", "www.example.com", "*.lab.example", "a.lab.example", "other.example", "*"];
    return edge({ routes: [routeOf("orders", { hosts: names })], tls, ...parts }).read<NginxObject>("nginx")
      .selfSignedNames;
  };
  const certificates = [
    { certificateFile: "a.pem", keyFile: "a.key", names: ["api.example.com", "*.lab.example"] },
    { certificateFile: "b.pem", keyFile: "b.key", names: ["other.example"] },
  ];
  assert.deepEqual(nginx({ certificates, selfSigned: true }), ["www.example.com"]);
  assert.deepEqual(nginx({ certificates, selfSigned: false }), []);
  const { edge: settings } = specOf();
  assert.deepEqual(nginx({ certificates, selfSigned: true }, { edge: { ...settings, https: null } }), []);
});

test("nginx takes the largest body that any route takes, and a small route does not change that", () => {
  const maxBody = (...bytes: readonly number[]) => {
    const routes = bytes.map((maxBodyBytes, index) => routeOf(`r${index}`, { service: "orders", maxBodyBytes }));
    return edge({ routes }).read<NginxObject>("nginx").maxBodyBytes;
  };
  assert.equal(maxBody(), maxBody(1000));
  assert.equal(maxBody(1000, 50_000_000, 10), 50_000_000);
});

test("every plugin that authenticates is in the table", () => {
  assert.ok(authenticationPlugins.every((name) => pluginOrder.includes(name)));
});

test("a target beside its edge comes before all others, where the file asks for that", () => {
  const near = serviceOf({ targets: [hostNamed("edge-1"), tagged("api")], port: 8080, locality: "sameHost" });
  assert.deepEqual(
    targets({ services: { orders: near } }).map(({ name, tier }) => [name, tier]),
    [
      ["api-1", 1],
      ["api-2", 1],
      ["edge-1", undefined],
    ],
  );
});

test("an edge is told to look which targets are near, where the file asks for that", () => {
  const near = serviceOf({ targets: [hostNamed("edge-1"), tagged("api")], port: 8080, locality: "nearest" });
  const object = edge({ services: { orders: near } }).read<ServiceObject>("service/orders");
  assert.equal(object.locality, "nearest");
  assert.deepEqual(
    object.targets.map(({ name, tier }) => [name, tier]),
    [
      ["api-1", 1],
      ["api-2", 1],
      ["edge-1", undefined],
    ],
  );
});

test("weights reach the gateway; the last entry for a host counts", () => {
  const weighted = serviceOf({
    targets: [
      { ...tagged("api"), weight: 2 },
      { ...hostNamed("api-2"), weight: 5 },
    ],
    port: 8080,
  });
  assert.deepEqual(
    targets({ services: { orders: weighted } }).map(({ name, weight }) => [name, weight]),
    [
      ["api-1", 2],
      ["api-2", 5],
    ],
  );
});
