import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDnsLabel, isDnsName } from "./dns-name.ts";
import { formatEndpoint, parseEndpoint, parsePort } from "./endpoint.ts";

test("endpoints are read with and without a port", () => {
  const cases: Record<string, string | undefined> = {
    "edge.example.com": "edge.example.com:51820",
    "Edge.Example.com:7000": "edge.example.com:7000",
    "192.0.2.1": "192.0.2.1:51820",
    "192.0.2.1:1": "192.0.2.1:1",
    "2001:DB8::1": "[2001:db8::1]:51820",
    "[2001:db8::1]": "[2001:db8::1]:51820",
    "[2001:db8::1]:443": "[2001:db8::1]:443",
    "192.0.2.256": undefined,
    "192.0.2": undefined,
    "edge.example.com:": undefined,
    "edge.example.com:0": undefined,
    "edge.example.com:65536": undefined,
    "edge.example.com:http": undefined,
    "[192.0.2.1]:443": undefined,
    "[::1]443": undefined,
    "under_score.example": undefined,
    ":443": undefined,
    "": undefined,
  };
  for (const [text, canonical] of Object.entries(cases)) {
    const endpoint = parseEndpoint(text, 51820);
    assert.equal(endpoint && formatEndpoint(endpoint), canonical, text);
  }
});

test("any text is read or refused, and what was read is canonical", () => {
  const texts = fc.oneof(fc.string(), fc.webAuthority({ withPort: true }), fc.ipV6());
  fc.assert(
    fc.property(texts, (text) => {
      const endpoint = parseEndpoint(text, 51820);
      if (endpoint) assert.deepEqual(parseEndpoint(formatEndpoint(endpoint), 1), endpoint);
    }),
  );
});

test("ports are whole decimal numbers from 1 to 65535", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 65535 }), (port) => assert.equal(parsePort(String(port)), port)));
  for (const text of ["0", "00", "080", "+80", "65536", "1e3", " 80", "８０", ""])
    assert.equal(parsePort(text), undefined, text);
});

test("labels and names are lower-case letters, digits and inner hyphens", () => {
  for (const label of ["a", "api-1", "1", "x".repeat(63)]) assert.ok(isDnsLabel(label), label);
  for (const label of ["", "A", "-a", "a-", "a.b", "a_b", "ä", "x".repeat(64), "a\n"])
    assert.ok(!isDnsLabel(label), label);
  assert.ok(isDnsName("a.b.example"));
  for (const name of ["a..b", "a.", ".a", "1.2.3.4", "a.1", `${"abcdefgh.".repeat(30)}com`])
    assert.ok(!isDnsName(name), name);
});
