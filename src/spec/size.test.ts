import assert from "node:assert/strict";
import { test } from "node:test";
import { checkReferences } from "./checks/references.ts";
import { checkSpec } from "./checks.ts";
import { readDocument } from "./document.ts";
import { normalise } from "./normalise.ts";
import { findNotYet } from "./not-yet.ts";
import { parseSpec } from "./parse.ts";
import { fileSchema } from "./schema.ts";

const fileOf = (hosts: number) => `version: 1
network: { name: acme, ipv4: 10.0.0.0/8 }
hosts:
  edge-1: { roles: [edge, relay], endpoint: "edge.example.com:51820" }
  lan-1: { endpoint: "lan.example.com:51820" }
${Array.from({ length: hosts }, (_, i) => `  h${i}: { tags: [api] }\n`).join("")}access:
  - { from: [role:edge, h1], to: [tag:api], allow: [tcp/8080] }
  - { from: [tag:api], to: [all], allow: [icmp] }
services: { api: { targets: [tag:api], port: 8080 } }
routes: [{ name: api, hosts: [api.example.com], service: api }]
tls: { selfSigned: true }
`;

/** The value, and how often anything at any depth of it was read or listed. */
function counted<T>(value: T, count: { reads: number }): T {
  const known = new WeakMap<object, object>();
  const wrap = (inner: unknown): unknown => {
    if (typeof inner !== "object" || inner === null) return inner;
    const wrapped = known.get(inner) ?? new Proxy(inner, handler);
    known.set(inner, wrapped);
    return wrapped;
  };
  const handler: ProxyHandler<object> = {
    get(target, key, receiver) {
      count.reads += 1;
      return wrap(Reflect.get(target, key, receiver));
    },
    getOwnPropertyDescriptor(target, key) {
      count.reads += 1;
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
    ownKeys(target) {
      const keys = Reflect.ownKeys(target);
      count.reads += keys.length;
      return keys;
    },
  };
  return wrap(value) as T;
}

/** Reads that every stage after YAML makes of a file with so many hosts. */
function readsOf(hosts: number): Readonly<Record<string, number>> {
  const { value } = readDocument(fileOf(hosts)).document!;
  const reads: Record<string, number> = {};
  const stage = <In, Out>(name: string, input: In, work: (input: In) => Out): Out => {
    const count = { reads: 0 };
    const made = work(counted(input, count));
    reads[name] = count.reads;
    return made;
  };
  stage("notYet", value, findNotYet);
  stage("references", value, checkReferences);
  const written = stage("schema", value, (input) => fileSchema.parse(input));
  const spec = stage("normalise", written, (input) => JSON.parse(JSON.stringify(normalise(input))));
  stage("checks", { spec, written }, (input) => checkSpec(input.spec, input.written));
  return reads;
}

test("a file of 20,000 hosts is valid", () => {
  const { spec, issues } = parseSpec(fileOf(20_000));
  assert.deepEqual([Object.keys(spec?.hosts ?? {}).length, issues], [20_002, []]);
});

test("no stage looks at a host more often when there are more of them", () => {
  const [few, many] = [readsOf(1000), readsOf(4000)];
  for (const [stage, reads] of Object.entries(many)) {
    const looksAtHosts = stage !== "notYet"; // of all that hosts can have nothing is for later
    assert.ok(reads > (looksAtHosts ? 4000 : 0), `${stage} is counted`);
    assert.ok(reads <= 4 * few[stage]!, `${stage}: ${few[stage]} reads of 1,000 hosts, ${reads} of 4,000`);
  }
});
