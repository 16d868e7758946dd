import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { RoutesAnswer } from "../../wire/routes.ts";
import { demand, smallFile, startTestControl, type TestControl } from "../harness.ts";

let control: TestControl;
before(async () => {
  control = await startTestControl();
});
after(() => control.close());

test("the routes of the file in force are told as they are written, with what they use", async () => {
  const told = () => demand<RoutesAnswer>(control.local, "routesList");
  assert.deepEqual(await told(), { revision: 0, routes: [] });
  await control.apply(`${smallFile}services:
  orders: { targets: [tag:api], port: 8080 }
routes:
  - { name: orders, hosts: [api.example.com], paths: [/orders/, /cart], methods: [GET], service: orders, use: { rateLimit: { per: clientIp, rate: 9/s } } }
  - { name: old, hosts: [www.example.com], redirect: { host: example.com } }
tls: { selfSigned: true }
`);
  const { revision, routes } = await told();
  assert.ok(revision > 0);
  assert.deepEqual(routes[0], {
    ...{ name: "orders", hosts: ["api.example.com"], paths: ["/orders/", "/cart"], methods: ["GET"] },
    ...{ destination: "orders", services: ["orders"], plugins: ["rateLimit"] },
  });
  assert.match(routes[1]!.destination, /^30\d to same scheme:\/\/example\.com/);
  assert.deepEqual(routes[1]!.services, []);
});
