import assert from "node:assert/strict";
import { test } from "node:test";
import { runPlugin } from "../../../test/lua/plugins.ts";

const name = "Strict-Transport-Security";
const config = { value: "max-age=60; includeSubDomains" };

test("the header goes out over TLS and never without it (RFC 6797 section 7.2)", () => {
  const results = runPlugin("hsts", config, [{ record: { isSecure: true } }, { record: { isSecure: false } }]);
  assert.deepEqual(
    results.map(({ answer }) => answer[name]),
    [config.value, undefined],
  );
});

test("the gateway's value replaces the target's", () => {
  const answerHeaders = { "strict-transport-security": ["max-age=0", "max-age=1"] };
  const [result] = runPlugin("hsts", config, [{ record: { isSecure: true }, answerHeaders }]);
  assert.deepEqual(result!.answer, { [name]: config.value });
});
