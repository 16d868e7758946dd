import assert from "node:assert/strict";
import { test } from "node:test";
import { hostOf, joined, routeOf, serviceOf, specOf, tagged } from "../../test/plan/spec.ts";
import { AppError } from "../wire/errors.ts";
import { drainables, resolveDrainName } from "./drain-names.ts";
import { survey } from "./survey.ts";

const spec = specOf({
  hosts: {
    "edge-1": hostOf({ roles: ["edge"] }),
    "api-1": hostOf({ tags: ["api"] }),
    orders: hostOf({ tags: ["api"] }),
  },
  services: {
    orders: serviceOf({ targets: [tagged("api")], port: 8080 }),
    payments: serviceOf({ targets: [], urls: [] }),
  },
  routes: [routeOf("orders"), routeOf("search")],
});
const known = drainables(spec, survey(spec, joined(["edge-1", "api-1"])).members);
const resolve = (text: string) => {
  try {
    const { kind, name } = resolveDrainName(text, known, { text: (name) => `no ${name}`, hint: "look there" });
    return `${kind}:${name}`;
  } catch (error) {
    assert.ok(error instanceof AppError);
    return `${error.code}: ${error.message} (${error.hint})`;
  }
};

test("routes, services and the hosts that services have targets on can be drained", () => {
  const names = known.map(({ kind, name }) => `${kind}:${name}`);
  assert.deepEqual(names, [
    "route:orders",
    "route:search",
    "service:orders",
    "service:payments",
    "host:api-1",
    "host:orders",
  ]);
});

test("a name alone is enough where only one thing has it", () => {
  assert.deepEqual(["search", "payments", "api-1"].map(resolve), ["route:search", "service:payments", "host:api-1"]);
  assert.deepEqual(["route:orders", "host:orders"].map(resolve), ["route:orders", "host:orders"]);
});

const refused: readonly (readonly [what: string, text: string, answer: string])[] = [
  [
    "of several things",
    "orders",
    "invalidRequest: orders is a route and a service and a host (write route:orders or service:orders or host:orders)",
  ],
  ["that is nearly one", "paymens", "notFound: no paymens (did you mean payments?)"],
  ["that is nearly one of its kind", "service:serch", "notFound: no service:serch (look there)"],
  ["that is nearly one of another kind", "route:serch", "notFound: no route:serch (did you mean route:search?)"],
  ["of a host without targets", "host:edge-1", "notFound: no host:edge-1 (look there)"],
  ["of another kind", "service:search", "notFound: no service:search (did you mean route:search?)"],
  [
    "of a kind that is none",
    "servce:orders",
    'invalidRequest: servce:orders: what is drained is a route, a service or a host, not "servce" (did you mean service:orders?)',
  ],
];
for (const [what, text, answer] of refused) {
  test(`a name ${what} is refused with what to do`, () => assert.equal(resolve(text), answer));
}
