import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../../test/lua/both.ts";

const route = {
  name: "a",
  hosts: ["a.test"],
  paths: [{ kind: "prefix", path: "" }],
  methods: [],
  service: "app",
  plugins: [],
  maxBodyBytes: 1,
};
const ownAnswers = {
  split: { services: [{ name: "a", weight: 1, token: "t" }], keep: { cookie: "c", maxAgeSeconds: 1 } },
  redirect: { status: 307, scheme: "https", host: "b.test", port: 8443, prefix: "" },
  respond: { status: 200, headers: [["X-A", "1"]], body: "x" },
  maintenance: { retryAfterSeconds: 1 },
  rewrite: { host: "a", prefix: "" },
  mirror: { service: "a", percent: 1, mostBytes: 1 },
};
const service = {
  name: "app",
  targets: [{ name: "t", address: "127.0.0.1", port: 80 }],
  balance: "roundRobin",
  ejection: { errors: 1, cooldownMs: 1 },
  retries: 1,
  timeouts: { connectMs: 1, sendMs: 1, readMs: 1 },
};

const weighted = { name: "t", address: "127.0.0.1", port: 80, weight: 3 };
const balanced = {
  targets: [weighted],
  balance: "hash",
  hash: { on: "header", name: "x-tenant", boundPercent: 125 },
  sticky: { cookie: "a", maxAgeSeconds: 1 },
  slowStartMs: 1,
  retryBudget: { percent: 20, least: 10 },
  tryTimeoutMs: 1,
};

test("objects of the wire's shapes pass, also with fields that are new", async () => {
  const objects: readonly (readonly [string, unknown])[] = [
    ["route", route],
    ["route", { ...route, unknownToThisGateway: { a: 1 } }],
    ["route", { ...route, service: undefined, ...ownAnswers }],
    ["service", service],
    ["service", { ...service, targets: [] }],
    ["service", { ...service, ...balanced }],
    ["service", { ...service, ...balanced, targets: [{ ...weighted, token: "x", tier: 1 }] }],
    ["plugin", { plugin: "hsts", config: { value: "max-age=1" } }],
    ["keys", { keys: [{ algorithms: ["HS256"], secret: "c2VjcmV0" }] }],
    ["certificate", { names: ["a.test"], certificatePem: "x", keyPem: "y" }],
  ];
  assert.deepEqual(
    await runBoth(objects.map((args) => ({ module: "gateway.snapshot.shapes", name: "hasShape", args }))),
    objects.map(() => true),
  );
});

test("objects with a field that is missing or of another type do not", async () => {
  const objects: readonly (readonly [string, unknown])[] = [
    ...Object.keys(route).map((field) => ["route", { ...route, [field]: true }] as const),
    ...Object.keys(route)
      .filter((field) => field !== "service")
      .map((field) => ["route", { ...route, [field]: undefined }] as const),
    ...Object.keys(ownAnswers).map((field) => ["route", { ...route, [field]: "x" }] as const),
    ...Object.keys(service).map((field) => ["service", { ...service, [field]: "x" }] as const),
    ...Object.keys(balanced).map((field) => ["service", { ...service, [field]: "x" }] as const),
    ["service", { ...service, targets: [{ ...weighted, weight: 0 }] }],
    ["service", { ...service, targets: [{ ...weighted, weight: -1 }] }],
    ["service", { ...service, targets: [{ ...weighted, tier: "near" }] }],
    ["route", { ...route, paths: [{ kind: "regex", path: "/" }] }],
    ["route", { ...route, hosts: { first: "a.test" } }],
    ["route", { ...route, hosts: ["a.test", 1] }],
    ["route", "text"],
    ["service", { ...service, targets: [{ name: "t", address: "127.0.0.1", port: "80" }] }],
    ["plugin", { plugin: "hsts" }],
    ["keys", {}],
    ["certificate", { names: "a.test", certificatePem: "x", keyPem: "y" }],
  ];
  const answers = await runBoth(objects.map((args) => ({ module: "gateway.snapshot.shapes", name: "hasShape", args })));
  const name = (index: number) => JSON.stringify(objects[index]);
  // a name may be any text, and a service's too
  const passed = answers.flatMap((answer, index) => (answer === false ? [] : [name(index)]));
  assert.deepEqual(passed, [JSON.stringify(["service", { ...service, name: "x" }])]);
});

test("a key names its kind; what names none is none of a snapshot", async () => {
  const keys = ["route/a", "plugin/jwt/12", "nginx", "nginx/a", "", "/a", "routes/a", "certificate/a"];
  const calls = keys.map((key) => ({ module: "gateway.snapshot.shapes", name: "kindOf", args: [key] }));
  assert.deepEqual(await runBoth(calls), ["route", "plugin", null, null, null, null, null, "certificate"]);
});

test("a push is whole: numbers, objects as texts, a digest of 64 digits", async () => {
  const push = { from: 0, to: 1, full: true, upserts: { a: "{}" }, removes: ["b"], digest: "0".repeat(64) };
  const pushes = [
    push,
    { ...push, removes: [] },
    { ...push, upserts: { a: {} } },
    { ...push, from: "0" },
    { ...push, removes: [1] },
    { ...push, digest: "0" },
    { ...push, full: 1 },
    [],
    "x",
  ];
  const calls = pushes.map((value) => ({ module: "gateway.snapshot.shapes", name: "isPush", args: [value] }));
  assert.deepEqual(
    await runBoth(calls),
    pushes.map((_, index) => index < 2),
  );
});
