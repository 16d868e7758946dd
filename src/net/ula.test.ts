import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatPrefix, parsePrefix, prefixCovers } from "./prefix.ts";
import { ulaPrefix } from "./ula.ts";

test("a network's range is a /48 of fd00::/8 that its name alone decides", () => {
  assert.equal(formatPrefix(ulaPrefix("acme")), "fd82:2b33:ad87::/48");
  const uniqueLocal = parsePrefix("fd00::/8")!;
  fc.assert(
    fc.property(fc.string(), (name) => {
      const prefix = ulaPrefix(name);
      assert.ok(prefixCovers(uniqueLocal, prefix));
      assert.deepEqual(parsePrefix(formatPrefix(prefix)), prefix);
      assert.deepEqual(ulaPrefix(name), prefix);
    }),
  );
});
