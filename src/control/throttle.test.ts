import assert from "node:assert/strict";
import { test } from "node:test";
import { createThrottle } from "./throttle.ts";

function throttleAt(limits = { burst: 3, everyMs: 1_000, addresses: 100 }) {
  let nowMs = 0;
  const throttle = createThrottle({ monotonic: () => nowMs }, limits);
  const failures = (address: string, count: number) => {
    for (let i = 0; i < count; i++) throttle.failed(address);
  };
  return { throttle, failures, pass: (ms: number) => (nowMs += ms) };
}

test("an address may fail a few times at once and then has to wait", () => {
  const { throttle, failures, pass } = throttleAt();
  failures("192.0.2.1", 2);
  assert.equal(throttle.waitMs("192.0.2.1"), 0);
  failures("192.0.2.1", 1);
  assert.equal(throttle.waitMs("192.0.2.1"), 1_000);
  pass(1_000);
  assert.equal(throttle.waitMs("192.0.2.1"), 0);
});

test("one address's failures are not another's", () => {
  const { throttle, failures } = throttleAt();
  failures("192.0.2.1", 10);
  assert.equal(throttle.waitMs("192.0.2.2"), 0);
});

test("the addresses of an IPv6 /64 are one, and an IPv4 address is the same mapped into IPv6", () => {
  const { throttle, failures } = throttleAt();
  failures("2001:db8::1", 10);
  assert.ok(throttle.waitMs("2001:db8:0:0:ffff::2") > 0);
  assert.equal(throttle.waitMs("2001:db8:0:1::1"), 0);
  failures("::ffff:192.0.2.1", 10);
  assert.ok(throttle.waitMs("192.0.2.1") > 0);
});

test("the table forgets who failed longest ago rather than grow", () => {
  const { throttle, failures } = throttleAt({ burst: 1, everyMs: 1_000, addresses: 2 });
  for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.3"]) failures(address, 1);
  assert.equal(throttle.waitMs("192.0.2.2"), 0);
  assert.ok(throttle.waitMs("192.0.2.1") > 0 && throttle.waitMs("192.0.2.3") > 0);
});
