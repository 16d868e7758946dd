import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  all,
  hostNamed,
  hostOf,
  joined,
  listenerOf,
  routeOf,
  ruleOf,
  serviceOf,
  specOf,
  tagged,
  tcp,
} from "../../test/plan/spec.ts";
import { world } from "../../test/plan/world.ts";
import type { PluginSet } from "../spec/plugin-types.ts";
import type { HostSpec, Spec } from "../spec/types.ts";
import type { Warning } from "../wire/warnings.ts";
import { observedAfterApply } from "./after-apply.ts";
import { compile } from "./compile.ts";
import { nothingObserved, type Observed } from "./observed.ts";
import { plan } from "./plan.ts";

const jwt = { audience: [], skewSeconds: 60, keys: [{ kty: "oct", k: "dG9wLXNlY3JldA" }] };
const hosts: Readonly<Record<string, HostSpec>> = {
  "edge-1": hostOf({ roles: ["edge", "relay"], reachable: true }),
  "api-1": hostOf({ tags: ["api"] }),
  "api-2": hostOf({ tags: ["api"] }),
  "db-1": hostOf({ tags: ["db"] }),
};
const base = specOf({
  hosts,
  access: [
    ruleOf({ kind: "role", name: "edge" }, tagged("api"), tcp(8080)),
    ruleOf(tagged("api"), tagged("db"), tcp(5432)),
  ],
  services: { orders: serviceOf({ targets: [tagged("api")], port: 8080 }) },
  routes: [routeOf("orders", { plugins: { jwt } })],
});
const everyone = observedAfterApply(null, base, joined(Object.keys(hosts)));

/** The plan from `base` to `base` with these parts, where all hosts have joined. */
function change(parts: Partial<Spec>, before: Spec = base, observed: Observed = everyone) {
  return plan({ spec: before, observed }, { spec: { ...before, ...parts }, observed }, 7);
}

const lines = (result: ReturnType<typeof plan>) =>
  result.changes.map(({ kind, action, name, details }) => [`${action} ${kind} ${name}`, ...details].join(" | "));
const codes = (result: ReturnType<typeof plan>) =>
  result.risks.map(({ code, subject }) => (subject ? `${code} ${subject}` : code));
const without = <T>(record: Readonly<Record<string, T>>, ...names: readonly string[]) =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));

test("a file that changes nothing plans nothing", () => {
  fc.assert(
    fc.property(world, ({ spec, observed }) => {
      const { changes, affectedHosts, risks, reloads } = plan({ spec, observed }, { spec, observed }, 3);
      assert.deepEqual([changes, affectedHosts, risks, reloads], [[], [], [], []]);
    }),
    { numRuns: 100 },
  );
});

test("planning says which hosts are told, and nobody else is", () => {
  fc.assert(
    fc.property(world, world, (a, b) => {
      const [before, after] = [
        { spec: a.spec, observed: a.observed },
        { spec: b.spec, observed: a.observed },
      ];
      const result = plan(before, after, 1);
      const old = compile(before.spec, before.observed).hosts;
      const next = compile(after.spec, observedAfterApply(before.spec, after.spec, a.observed)).hosts;
      const names = [...new Set([...Object.keys(old), ...Object.keys(next)])];
      const differing = names.filter((name) => JSON.stringify(old[name]) !== JSON.stringify(next[name]));
      assert.deepEqual(
        result.affectedHosts.map(({ host }) => host),
        differing.sort(),
      );
    }),
    { numRuns: 100 },
  );
});

test("the first file adds everything in it", () => {
  const result = plan(null, { spec: base, observed: nothingObserved }, 0);
  assert.ok(result.changes.every(({ action }) => action === "add"));
  const names = lines(result).map((line) => line.split(" | ")[0]);
  assert.ok(
    names.includes("add host api-1") &&
      names.includes("add route orders") &&
      names.includes("add access role:edge → tag:api"),
  );
  assert.deepEqual([result.affectedHosts, result.reloads], [[], []]);
});

test("a changed field is told as old and new, in the file's terms", () => {
  const routes = [
    routeOf("orders", {
      plugins: { jwt, rateLimit: { per: { kind: "clientIp" }, tokens: 100, perMs: 1000, burst: 200 } },
    }),
  ];
  assert.deepEqual(lines(change({ routes })), [
    "change route orders | rateLimit: none → 100 per 1s, burst 200, per clientIp",
  ]);
  const services = {
    orders: { ...base.services["orders"]!, port: 9090, retries: { most: 2, budgetPercent: 20, least: 10 } },
  };
  assert.deepEqual(lines(change({ services })), ["change service orders | port: 8080 → 9090 | retries: 1 → 2"]);
});

test("a changed allowance is a change of the rule with the same ends", () => {
  const access = [base.access[0]!, ruleOf(tagged("api"), tagged("db"), tcp(5432), tcp(6432))];
  const result = change({ access });
  assert.deepEqual(lines(result), ["change access tag:api → tag:db | allow: tcp/5432 → tcp/5432, tcp/6432"]);
  assert.deepEqual(result.affectedHosts, [{ host: "db-1", upserts: 1, removes: 0 }]);
});

test("pairs that come and go are told with their paths", () => {
  const result = lines(change({ access: [...base.access, ruleOf(hostNamed("edge-1"), hostNamed("db-1"), tcp(22))] }));
  assert.deepEqual(result, [
    "add access edge-1 → db-1 | allow: tcp/22",
    "add pair db-1 ↔ edge-1 | paths: direct, direct on the relay's port",
  ]);
});

test("secrets of keys and header values are in no plan, but that they change is", () => {
  const plugins = (secret: string): PluginSet => ({
    jwt: { ...jwt, keys: [{ kty: "oct", k: secret }] },
    requestHeaders: { rename: {}, set: { Authorization: secret }, add: {}, remove: [] },
  });
  const before = { ...base, routes: [routeOf("orders", { plugins: plugins("first-secret") })] };
  const result = change({ routes: [routeOf("orders", { plugins: plugins("second-secret") })] }, before);
  assert.doesNotMatch(JSON.stringify(result), /first-secret|second-secret/);
  assert.deepEqual(lines(result), [
    "change route orders | jwt: changed in values that are not shown | requestHeaders: changed in values that are not shown",
  ]);
});

test("a host that the file takes out leaves the network, and nobody holds that", () => {
  const result = change({ hosts: without(hosts, "api-1") });
  assert.ok(lines(result).some((line) => line.startsWith("remove host api-1")));
  assert.ok(lines(result).some((line) => line.startsWith("remove pair api-1 ↔ db-1")));
  assert.deepEqual(codes(result), ["hostRemoved api-1"]);
  assert.equal(result.affectedHosts.find(({ host }) => host === "api-1")!.upserts, 0);
});

test("hosts that lose all peers, or so many that they will hold it, are risks", () => {
  const many = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, hostOf({ tags: ["many"] })]));
  const spec = specOf({
    hosts: { hub: hostOf({ reachable: true }), ...many },
    access: [ruleOf(all, hostNamed("hub"))],
  });
  const observed = joined(Object.keys(spec.hosts));
  const result = change({ access: [ruleOf(hostNamed("a"), hostNamed("hub"))] }, spec, observed);
  assert.deepEqual(codes(result), ["hostIsolated b", "hostIsolated c", "hostIsolated d", "removalsHeld hub"]);
});

test("taking out most of a host's peers is held by nobody, since the file named them", () => {
  const many = Object.fromEntries(["a", "b", "c", "d"].map((name) => [name, hostOf({ tags: ["many"] })]));
  const spec = specOf({
    hosts: { hub: hostOf({ reachable: true }), ...many },
    access: [ruleOf(all, hostNamed("hub"))],
  });
  const result = change({ hosts: without(spec.hosts, "a", "b", "c") }, spec, joined(Object.keys(spec.hosts)));
  assert.deepEqual(codes(result), ["hostRemoved a", "hostRemoved b", "hostRemoved c"]);
});

test("a route without authentication is told when it is new or loses it, and not again", () => {
  const open = [routeOf("orders")];
  assert.deepEqual(codes(change({ routes: open })), ["routeWithoutAuthentication orders"]);
  assert.deepEqual(codes(change({ routes: [routeOf("orders", { methods: ["GET"] })] }, { ...base, routes: open })), []);
});

test("another range is one risk, not one for every host", () => {
  assert.deepEqual(codes(change({ network: { ...base.network, ipv4: "10.99.0.0/16" } })), ["networkRangeChange"]);
});

test("a host that moves to another address is a risk", () => {
  const result = change({ hosts: { ...hosts, "db-1": hostOf({ tags: ["db"], address: "10.77.0.5" }) } });
  assert.deepEqual(codes(result), ["addressChange db-1"]);
});

test("an edge reloads for its listeners, and for no route, service, policy or name", () => {
  const edge = { ...base.edge, accessLog: false };
  const result = change({ edge });
  assert.deepEqual([result.reloads, codes(result)], [["edge-1"], ["edgeReload edge-1"]]);
  assert.equal(result.risks[0]!.hint, "");
  const timed = change({ edge: { ...edge, tuning: { ...edge.tuning, shutdownTimeoutMs: 60_000 } } });
  assert.match(timed.risks[0]!.hint, /shutdown timeout/);
  const routes = [
    ...base.routes,
    routeOf("bills", { hosts: ["new.example.com"], service: "orders", plugins: { jwt } }),
  ];
  assert.deepEqual(change({ routes }).reloads, []);
  assert.deepEqual(
    change({
      services: { orders: { ...base.services["orders"]!, retries: { most: 3, budgetPercent: 20, least: 10 } } },
    }).reloads,
    [],
  );
});

test("a listener that comes is a change of its edge that reloads no HTTP", () => {
  const db = serviceOf({ targets: [tagged("api")], port: 8080 });
  const listeners = [listenerOf("raw", { port: 6000, to: "orders" })];
  const result = change({ services: { ...base.services, db }, listeners });
  assert.deepEqual(result.reloads, []);
  assert.deepEqual(
    result.changes.filter(({ kind }) => kind === "listener"),
    [{ kind: "listener", action: "add", name: "raw", details: ["port: 6000", "to: orders"] }],
  );
  assert.deepEqual(result.affectedHosts, [{ host: "edge-1", upserts: 1, removes: 0 }]);
});

test("a plan says when HTTPS's port changes hands", () => {
  const to = [{ names: ["mail.example.com"], service: "orders" }];
  const { risks, reloads } = change({ listeners: [listenerOf("tls", { port: 443, to })] });
  assert.deepEqual(reloads, ["edge-1"]);
  assert.match(
    risks.find(({ code }) => code === "portHandOver")!.text,
    /^port 443 of edge-1 goes to the nginx of listeners/,
  );
  assert.ok(!codes(change({ listeners: [listenerOf("tls", { port: 8443, to })] })).includes("portHandOver edge-1"));
});

test("a warning of the compiler is told when the change brings it about", () => {
  const lonely = { ...hosts, "edge-1": hostOf({ roles: ["edge"], reachable: true }) };
  assert.ok(codes(change({ hosts: lonely })).includes("pairWithoutPath"));
});

test("a plan names the files that an edge has to have, and says what the edge said of those that it reads", () => {
  const withFile = (file: string) => ({
    tls: {
      ...base.tls,
      certificates: [{ certificateFile: file, keyFile: "/etc/portway/a.key", names: ["a.example"] }],
    },
  });
  const first = change(withFile("/etc/portway/a.pem"));
  const note = first.risks.find(({ code }) => code === "edgeFiles");
  assert.equal(note?.text, "edge-1 reads /etc/portway/a.key, /etc/portway/a.pem from now on");

  const told: Warning = {
    ...{ code: "certificateUnusable", severity: "critical", subject: "/etc/portway/a.pem", hint: "" },
    text: "there is no such file; not served until then: a.example",
  };
  const before = { spec: { ...base, ...withFile("/etc/portway/a.pem") }, observed: everyone };
  const again = (parts: Partial<Spec>) =>
    plan(before, { spec: { ...before.spec, ...parts }, observed: everyone, edgeWarningsOf: () => [told] }, 7).risks;
  const added = again({ routes: [...base.routes, routeOf("more", { paths: [{ kind: "exact", path: "/more" }] })] });
  const said = added.find(({ code }) => code === "edgeFileSaid");
  assert.equal(said?.text, `edge-1 says of /etc/portway/a.pem: ${told.text}`);
  assert.ok(!added.some(({ code }) => code === told.code));
  assert.ok(!added.some(({ code }) => code === "edgeFiles"));
  assert.ok(!again(withFile("/etc/portway/b.pem")).some(({ code }) => code === "edgeFileSaid"));
  assert.deepEqual(again({}), []);
});

test("a plan is bound to the revision that it was made for", () => {
  assert.equal(change({}).baseRevision, 7);
});
