import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceObject } from "../../wire/edge-service.ts";
import { nearness } from "./nearness.ts";

const service = (name: string, targets: string, locality?: "nearest") =>
  ({
    name,
    targets: targets.split(" ").map((target) => ({ name: target })),
    ...(locality && { locality }),
  }) as unknown as ServiceObject;

/** Targets that are far by these round trips, again and again. */
function setUp(...services: readonly ServiceObject[]) {
  let times: Readonly<Record<string, number | undefined>> = {};
  const { far } = nearness({
    to(host) {
      const roundTripMs = times[host];
      if (!(host in times)) return undefined;
      return { isDark: false, ...(roundTripMs !== undefined && { roundTripMs }) };
    },
  });
  return (now: Readonly<Record<string, number | undefined>>, ...down: readonly string[]) => {
    times = now;
    const out = down.map((target) => ({ service: "app", target, reason: "x" }));
    return far(services, out)
      .map(({ service, target }) => `${service}/${target}`)
      .join(" ");
  };
}

test("far are all but the nearest and those about as near", () => {
  const far = setUp(service("app", "a b c d", "nearest"));
  assert.equal(far({ a: 10, b: 12, c: 14, d: 90 }), "app/c app/d");
});

test("without any time, or without locality, none is far", () => {
  assert.equal(setUp(service("app", "a b", "nearest"))({}), "");
  assert.equal(setUp(service("app", "a b", "nearest"))({ a: undefined, b: undefined }), "");
  assert.equal(setUp(service("app", "a b"))({ a: 1, b: 100 }), "");
});

test("a host that no time is known of is far beside those that have one; the edge itself never is", () => {
  assert.equal(setUp(service("app", "a b edge-1", "nearest"))({ a: 10, b: undefined }), "app/b");
});

test("when the nearest is down, the next are near", () => {
  const far = setUp(service("app", "a b c", "nearest"));
  const times = { a: 1, b: 20, c: 50 };
  assert.equal(far(times), "app/b app/c");
  assert.equal(far(times, "a"), "app/c");
  assert.equal(far(times, "a", "b"), "");
});

test("one that is near stays so until it is clearly farther", () => {
  const far = setUp(service("app", "a b", "nearest"));
  assert.equal(far({ a: 10, b: 13 }), "");
  assert.equal(far({ a: 10, b: 16 }), "");
  assert.equal(far({ a: 10, b: 18 }), "app/b");
  assert.equal(far({ a: 10, b: 16 }), "app/b");
  assert.equal(far({ a: 10, b: 13 }), "");
});
