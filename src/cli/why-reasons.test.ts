import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { reasonText } from "./why-reasons.ts";

const gateway = join(import.meta.dirname, "../gateway");
const sources = globSync("**/*.ts", { cwd: gateway })
  .filter((name) => !name.endsWith(".test.ts"))
  .map((name) => readFileSync(join(gateway, name), "utf8"));

/** What the gateway's sources give as a reason in so many words. */
const words = sources.flatMap((text) =>
  [
    /(?:record|request)\.reason = "(\w+)"/g,
    /refusal\(record, \d+, "\w+", "(\w+)"\)/g,
    /return refuse\((?:request|record), (?:\d+, )?"(\w+)"/g,
    /return refuseForNow\(\w+, "(\w+)"\)/g,
    /return rejected\("(\w+)"/g,
    /type (?:Rejection|JwsFailure|Unfit) = .*?"(\w+)"/g,
  ].flatMap((pattern) => [...text.matchAll(pattern)].map(([, word]) => word!)),
);

test("every reason that the gateway gives has a sentence", () => {
  assert.ok(words.length > 30, `${words.length}`);
  assert.deepEqual(
    words.filter((word) => ["body", "clients", "overload"].every((by) => reasonText(by, word) === word)),
    [],
  );
});

test("one word of several has the sentence of who said it, and an unknown one stays as it is", () => {
  assert.equal(reasonText("body", "tooLarge"), "tooLarge: the body is larger than the route takes");
  assert.match(reasonText("responseBody", "tooLarge"), /the target's answer is larger/);
  assert.match(reasonText("balancer", "noTarget"), /^noTarget: the service has no target .*`portway status`/);
  assert.equal(reasonText("future", "sunspots"), "sunspots");
});
