import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec } from "./parse.ts";

const head = "version: 1\nnetwork: { name: acme }\n";
const host = "hosts: { edge-1: { roles: [edge], endpoint: vps } }\n";

const cases: readonly { what: string; text: string; said: readonly string[] }[] = [
  {
    what: "keys of a host on the level of its name",
    text: `${head}hosts:\n  edge-1:\n  roles: [edge]\n  endpoint: vps\n  api-1: {}\n`,
    said: [
      "5:3 wrongIndentation: roles, endpoint stand beside edge-1, which is empty | if they belong to edge-1, indent them by two spaces more; else write { tags: [api] }, or nothing after the colon",
    ],
  },
  {
    what: "keys of a service on the level of its name, where the route's service is not found either",
    text: `${head}${host}services:\n  orders:\n  targets: [edge-1]\n  port: 80\n  health: { path: / }\nroutes: [{ name: a, hosts: [x.y], service: none }]\n`,
    said: [
      "6:3 wrongIndentation: targets, port, health stand beside orders, which is empty | if they belong to orders, indent them by two spaces more; else write { targets: [tag:api], port: 8080 }",
    ],
  },
  {
    what: "hosts on the level of the sections",
    text: `${head}hosts:\nedge-1: { roles: [edge], endpoint: vps }\napi-1: {}\naccess: [{ from: [api-1], to: [all], allow: [any] }]\n`,
    said: [
      "4:1 wrongIndentation: edge-1, api-1 stand beside hosts, which is empty | if they belong to hosts, indent them by two spaces more; else did you mean edge?",
    ],
  },
  {
    what: "a line of a route that is one space off",
    text: `${head}${host}routes:\n  - name: orders\n    hosts: [a.b]\n   paths: [/]\n    service: orders\n`,
    said: [
      "7:1 yamlSyntax: this line's indentation fits nothing above it | indent with two spaces for each level, like the lines around",
    ],
  },
  {
    what: "a route's lines on the level of its dash",
    text: `${head}${host}routes:\n  - name: orders\n  hosts: [a.b]\n  paths: [/]\n  service: orders\n`,
    said: [
      "6:1 yamlSyntax: this line's indentation fits nothing above it | indent with two spaces for each level, like the lines around",
    ],
  },
  {
    what: "a line with a tab among others",
    text: `${head}hosts:\n  edge-1:\n    roles: [edge]\n\ttags: [x]\n    endpoint: vps\n  api-1: {}\n`,
    said: ["6:1 yamlSyntax: a tab indents this line | indent with spaces, two for each level"],
  },
];

for (const { what, text, said } of cases) {
  test(`one mistake is one finding: ${what}`, () => {
    const { issues } = parseSpec(text);
    assert.deepEqual(
      issues.map(({ line, column, code, message, hint }) => `${line}:${column} ${code}: ${message} | ${hint}`),
      said,
    );
  });
}

test("an empty entry before one that is wrong in itself changes nothing of the others", () => {
  const { issues } = parseSpec(`${head}hosts: { a: , b: {}, c: { tagz: [] }, d: 5 }\n`);
  assert.deepEqual(
    issues.map(({ code }) => code),
    ["unknownKey", "wrongType"],
  );
});
