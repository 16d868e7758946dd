import assert from "node:assert/strict";
import { test } from "node:test";
import { runPlugin } from "../../../test/lua/plugins.ts";

test("each header of the bundle replaces the target's, and what tells of its software goes", () => {
  const config = { set: [["X-Frame-Options", "DENY"]] as const, remove: ["Server", "X-Powered-By"] };
  const answerHeaders = { server: "node", "x-powered-by": "x", "x-frame-options": "ALLOWALL", etag: "1" };
  const results = runPlugin("securityHeaders", config, [{ answerHeaders }, {}]);
  assert.deepEqual(
    results.map(({ answer }) => answer),
    [{ "X-Frame-Options": "DENY", etag: "1" }, { "X-Frame-Options": "DENY" }],
  );
});
