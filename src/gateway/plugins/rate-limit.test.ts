import assert from "node:assert/strict";
import { test } from "node:test";
import { type PluginRequest, runPlugin } from "../../../test/lua/plugins.ts";
import type { RateLimitConfig } from "../../wire/edge-plugins.ts";

const hourMicros = 3_600_000_000;
const config: RateLimitConfig = {
  per: "clientIp",
  intervalMicros: hourMicros,
  burst: 2,
  tokens: 2,
  perMs: 7_200_000,
  id: "r",
};
const from = (address: string, more: PluginRequest = {}): PluginRequest => ({
  ...more,
  variables: { binary_remote_addr: address },
});
const one = "\xc0\x00\x02\x01";
const two = "\xc0\x00\x02\x02";
const statusesOf = (changes: Partial<RateLimitConfig>, requests: readonly PluginRequest[]) =>
  runPlugin("rateLimit", { ...config, ...changes }, requests).map(({ status }) => status);

test("a bucket gives its burst and refuses what comes after with 429 and when to come again", () => {
  const results = runPlugin("rateLimit", config, [from(one), from(one), from(one)]);
  assert.deepEqual(
    results.map(({ status, answer }) => [status, answer["RateLimit"], answer["Retry-After"]]),
    [
      [0, '"clientIp";r=1;t=3600', undefined],
      [0, '"clientIp";r=0;t=7200', undefined],
      [429, '"clientIp";r=0;t=3600', "3600"],
    ],
  );
  assert.equal(results[2]!.reason, "exceeded");
});

test("the policy is told once less than half of the bucket is left", () => {
  const results = runPlugin("rateLimit", config, [from(one), from(one), from(one)]);
  const policy = '"clientIp";q=2;w=7200';
  assert.deepEqual(
    results.map(({ answer }) => answer["RateLimit-Policy"]),
    [undefined, policy, policy],
  );
});

test("a token comes back with time", () => {
  const at = (nowMs: number) => from(one, { nowMs });
  const requests = [0, 0, 0, 3_599_999, 3_600_000, 3_600_001].map(at);
  assert.deepEqual(statusesOf({}, requests), [0, 0, 429, 429, 0, 429]);
});

test("addresses have a bucket each, those of an IPv6 /64 one together", () => {
  assert.deepEqual(statusesOf({ burst: 1 }, [from(one), from(two), from(one)]), [0, 0, 429]);
  const network = (last: string) => from(`\x20\x01\x0d\xb8\0\0\0${last}${"\x01".repeat(8)}`);
  const same = from(`\x20\x01\x0d\xb8\0\0\0\0${"\x02".repeat(8)}`);
  assert.deepEqual(statusesOf({ burst: 1 }, [network("\0"), same, network("\x01")]), [0, 429, 0]);
});

test("per subject and per header by their value, however long; by address where there is none", () => {
  const named = (subject: string) => from(one, { record: { subject } });
  const subjects = [named("a"), named("b"), named("a"), from(one), from(one), from(two)];
  assert.deepEqual(statusesOf({ per: "subject", burst: 1 }, subjects), [0, 0, 429, 0, 429, 0]);
  const keyed = (key: string) => from(one, { headers: { "x-api-key": key } });
  const long = "x".repeat(500);
  const keys = [keyed("a"), keyed("a"), keyed(long), keyed(`${long}y`), keyed(long), keyed("")];
  assert.deepEqual(statusesOf({ per: "header", header: "x-api-key", burst: 1 }, keys), [0, 429, 0, 0, 429, 0]);
});

test("a value that reads like an address does not share its bucket", () => {
  const keyed = from(two, { headers: { "x-api-key": one } });
  assert.deepEqual(statusesOf({ per: "header", header: "x-api-key", burst: 1 }, [keyed, from(one)]), [0, 0]);
});

test("per route all requests share one bucket", () => {
  assert.deepEqual(statusesOf({ per: "route" }, [from(one), from(two), from("")]), [0, 0, 429]);
});
