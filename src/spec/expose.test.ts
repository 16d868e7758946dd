import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleSpec } from "./example.ts";
import { type Exposure, exposeService } from "./expose.ts";
import { Fault } from "./issue.ts";
import { parseSpec } from "./parse.ts";

const api: Exposure = { host: "api-1", port: 8080, hostname: "api.example.com" };
const head = `# mine
version: 1
network: { name: acme }   # the name
hosts:
  edge-1: { roles: [edge], endpoint: edge.example.com }
  api-1:
  # more to come
`;

function expose(text: string, exposure: Exposure = api) {
  const exposed = exposeService(text, exposure);
  assert.ok(!(exposed instanceof Fault), JSON.stringify(exposed));
  return exposed;
}

function faultOf(text: string, exposure: Exposure): string {
  const fault = exposeService(text, exposure);
  assert.ok(fault instanceof Fault);
  return `${fault.message} | ${fault.hint}`;
}

test("the rule, the service and the route are added, and every other line stays as it was", () => {
  const { text, added } = expose(head);
  assert.equal(
    text,
    `${head}access:
  - { from: [role:edge], to: [api-1], allow: [tcp/8080] }
services:
  api-1: { targets: [api-1], port: 8080 }
routes:
  - { name: api-1, hosts: [api.example.com], service: api-1 }
`,
  );
  assert.deepEqual(
    added.map(({ section }) => section),
    ["access", "services", "routes"],
  );
});

test("what is there already is used, and new entries look like their neighbours", () => {
  const text = `${head}access:
- from: [role:edge]
  to: [all]
  allow: [any] # for now
services:
    web:
        targets: [api-1]
        port: 8080

# public
routes:
    - name: web
      hosts: [a.example.com]
      service: web
edge: { accessLog: false }
`;
  const { text: after, added } = expose(text, { ...api, path: "/a,b/", name: "second" });
  assert.equal(
    after,
    text.replace("edge:", '    - { name: second, hosts: [api.example.com], paths: ["/a,b/"], service: web }\nedge:'),
  );
  assert.deepEqual(
    added.map(({ section }) => section),
    ["routes"],
  );
});

test("empty sections, with brackets or without, become lists", () => {
  const { text } = expose(`${head}access: [] # none\nservices:\nroutes: # none yet\n`);
  assert.equal(
    text,
    `${head}access: # none
  - { from: [role:edge], to: [api-1], allow: [tcp/8080] }
services:
  api-1: { targets: [api-1], port: 8080 }
routes: # none yet
  - { name: api-1, hosts: [api.example.com], service: api-1 }
`,
  );
});

test("sections in brackets are opened", () => {
  const { text } = expose(`${head}access: [{ from: [all], to: [edge-1], allow: [icmp] }]\n`);
  assert.match(
    text,
    /access:\n {2}- \{ from: \[all\], to: \[edge-1\], allow: \[icmp\] \}\n {2}- \{ from: \[role:edge\]/,
  );
  assert.match(text, /# mine.*# the name.*# more to come/s);
});

test("names are free and quoted where YAML would read something else", () => {
  const text = `${head.replaceAll("api-1", "1")}services:\n  "1": { urls: ["http://192.0.2.1"] }\n  1-8080: { urls: ["http://192.0.2.1"] }\n`;
  const { spec } = parseSpec(expose(text, { ...api, host: "1" }).text);
  assert.deepEqual(spec?.services["1-8080-2"]?.targets, [{ kind: "host", name: "1" }]);
  assert.equal(spec?.routes[0]?.service, "1-8080-2");
});

test("Windows line ends stay", () => {
  const { text } = expose(head.replaceAll("\n", "\r\n"));
  assert.doesNotMatch(text, /[^\r]\n/);
});

test("the example can be exposed from", () => {
  const example = exampleSpec({ network: "acme", edge: "edge-1", endpoint: "203.0.113.1" }).replace("#api-1", "api-1");
  const { text } = expose(example);
  const lines = new Set(text.split("\n"));
  for (const line of example.split("\n")) assert.ok(lines.has(line), line);
});

test("what cannot be exposed is refused with the reason", () => {
  assert.equal(
    faultOf(head, { ...api, host: "api-2" }),
    'there is no host "api-2" in the file | did you mean api-1? its hosts are api-1, edge-1',
  );
  assert.equal(faultOf("version: 1\n", api), "line 1: network is missing | mend it first: portway validate");
  assert.match(faultOf(head, { ...api, hostname: "API.example.com" }), /is not in lower case/);
  assert.match(faultOf(head, { ...api, path: "x" }), /does not start with \//);
  assert.match(faultOf(head.replace("roles: [edge], ", ""), api), /no host has the role edge/);
  assert.match(
    faultOf(expose(head).text, api),
    /^api\.example\.com\/ is public already, by the route api-1 \| give another/,
  );
});
