import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isDnsLabel } from "../net/dns-name.ts";
import { Fault } from "./issue.ts";
import { checkHostPattern, checkMethod, formatPathMatch, parsePath } from "./matching.ts";
import { checkName } from "./names.ts";
import { allowsTcp, formatSelector, parseAllowance, parseSelector } from "./selectors.ts";
import { parseUrlTarget } from "./targets.ts";
import type { Allowance, Selector } from "./types.ts";

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const selector: fc.Arbitrary<Selector> = fc.oneof(
  fc.constant<Selector>({ kind: "all" }),
  fc.constantFrom<Selector>({ kind: "role", name: "edge" }, { kind: "role", name: "relay" }),
  name.map((text): Selector => ({ kind: "tag", name: text })),
  name.filter((text) => text !== "all").map((text): Selector => ({ kind: "host", name: text })),
);
const anyText = fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9:/*.%_ -]{0,12}$/));

test("a selector's text is read as the same selector", () => {
  fc.assert(fc.property(selector, (one) => assert.deepEqual(parseSelector(formatSelector(one)), one)));
  assert.deepEqual(parseSelector("host:db-1"), { kind: "host", name: "db-1" });
});

test("a path's text is read as the same path", () => {
  assert.deepEqual(["/", "/*", "/orders", "/orders/", "/orders/*"].map(parsePath), [
    { kind: "prefix", path: "" },
    { kind: "prefix", path: "" },
    { kind: "exact", path: "/orders" },
    { kind: "prefix", path: "/orders" },
    { kind: "prefix", path: "/orders" },
  ]);
  const texts = fc.stringMatching(/^\/([a-z.-]{0,4}\/?){0,3}\*?$/);
  fc.assert(
    fc.property(texts, (text) => {
      const match = parsePath(text);
      if (!(match instanceof Fault)) assert.deepEqual(parsePath(formatPathMatch(match)), match);
    }),
  );
});

test("a port is allowed exactly when a rule's range holds it", () => {
  const port = fc.integer({ min: 1, max: 65535 });
  fc.assert(
    fc.property(port, port, port, (a, b, asked) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      const tcp = parseAllowance(`tcp/${first}-${last}`) as Allowance;
      assert.equal(allowsTcp(tcp, asked), first <= asked && asked <= last);
      assert.equal(allowsTcp({ ...tcp, protocol: "udp" }, asked), false);
    }),
  );
  assert.ok(allowsTcp({ protocol: "any" }, 1) && !allowsTcp({ protocol: "icmp" }, 1));
});

test("whatever a text is, it is read, or refused with a sentence and a hint", () => {
  const grammars = [parseSelector, parseAllowance, parsePath, checkHostPattern, checkMethod, checkName, parseUrlTarget];
  fc.assert(
    fc.property(anyText, fc.constantFrom(...grammars), (text, parse) => {
      const value = parse(text);
      if (value instanceof Fault) assert.ok(value.code && value.message && value.hint);
    }),
    { numRuns: 3000 },
  );
});

test("the name that is suggested for a wrong one is a name", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const fault = checkName(text);
      const suggested = fault instanceof Fault ? /^write (\S+)$/.exec(fault.hint)?.[1] : undefined;
      if (suggested !== undefined) assert.ok(isDnsLabel(suggested), suggested);
    }),
  );
});

test("targets outside the network have canonical addresses or names, and a port", () => {
  assert.deepEqual(parseUrlTarget("http://[2001:DB8:0::1]/"), {
    url: "http://[2001:db8::1]:80",
    address: "2001:db8::1",
    port: 80,
  });
  assert.deepEqual(parseUrlTarget("https://API.example.net"), {
    url: "https://api.example.net:443",
    name: "api.example.net",
    port: 443,
    isSecure: true,
  });
});
