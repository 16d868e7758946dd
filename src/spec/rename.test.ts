import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSpec } from "./parse.ts";
import { renameInFile } from "./rename.ts";

const file = `version: 1
network: { name: acme } # api-1 stays in words
hosts:
  edge-1: { roles: [edge, relay], endpoint: api-1.example.com }
  api-1: { tags: [api-1], exit: true }   # ours
  "10": {}
  desk: { tunnel: { exits: [api-1] } }
access:
  - { from: [edge-1, "10"], to: [api-1, tag:api-1], allow: [tcp/8080] }
  - from: [host:api-1]
    to:
      - "edge-1"
    allow: [icmp]
services:
  api-1: { targets: [api-1], port: 8080 }
  both: { targets: [{ select: "host:api-1", weight: 2 }], port: 8080 }
tests:
  - { from: edge-1, to: api-1, port: 8080, expect: allow }
`;

test("a host gets its new name wherever it is meant, and nowhere else", () => {
  const renamed = renameInFile(file, "api-1", "api-9");
  assert.equal(
    renamed,
    file
      .replace("  api-1: { tags", "  api-9: { tags")
      .replace("exits: [api-1]", "exits: [api-9]")
      .replace("to: [api-1,", "to: [api-9,")
      .replace("[host:api-1]", "[host:api-9]")
      .replace("targets: [api-1]", "targets: [api-9]")
      .replace('"host:api-1"', "host:api-9")
      .replace("to: api-1, port", "to: api-9, port"),
  );
  assert.deepEqual(
    parseSpec(renamed).issues.filter(({ severity }) => severity === "error"),
    [],
  );
  assert.equal(renameInFile(file, "nobody", "x"), file);
});

test("names that are numbers stay text", () => {
  const renamed = renameInFile(file, "api-1", "11");
  assert.deepEqual(Object.keys(parseSpec(renamed).spec!.hosts), ["10", "11", "desk", "edge-1"]);
  assert.deepEqual(Object.keys(parseSpec(renameInFile(file, "10", "ten")).spec!.hosts), [
    "api-1",
    "desk",
    "edge-1",
    "ten",
  ]);
});

test("text that is no file stays as it is", () => {
  for (const text of ["", "[", "hosts: 1", "- a"]) assert.equal(renameInFile(text, "a", "b"), text);
});
