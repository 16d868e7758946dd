import assert from "node:assert/strict";
import { test } from "node:test";
import { breakersOpen, clientsText, openTo, targetsOut } from "./edge-text.ts";

test("targets that are out have their reason, breakers that are not closed their state", () => {
  const targets = [
    { service: "a", target: "one", ejected: true },
    { service: "a", target: "two", ejected: true, down: "status 500" },
    { service: "a", target: "three", ejected: false },
  ];
  assert.deepEqual(targetsOut({ targets }), ["a one (ejected)", "a two (status 500)"]);
  assert.deepEqual(breakersOpen({}), []);
  assert.deepEqual(
    breakersOpen({
      breakers: [
        { service: "a", state: "open", reason: "errors" },
        { service: "b", state: "halfOpen" },
        { service: "c", state: "closed" },
      ],
    }),
    ["a open (errors)", "b half open"],
  );
});

test("a listener has its services' targets that connections are open to", () => {
  const target = (service: string, name: string, connections?: number) => ({
    ...{ service, target: name, ejected: false },
    ...(connections !== undefined && { connections }),
  });
  const targets = [target("db", "db-1", 3), target("db", "db-2", 0), target("mail", "m-1", 2), target("web", "w-1")];
  const listener = { name: "raw", port: 6000, services: ["db"], connections: 3 };
  assert.deepEqual(openTo({ targets }, listener), ["db-1 3"]);
});

test("rates of what clients give up and flood are told when there are any", () => {
  assert.deepEqual(clientsText({}), []);
  assert.deepEqual(clientsText({ givenUpPerSecond: 12, floodsPerSecond: 0 }), ["12.0 given up/s"]);
  assert.deepEqual(clientsText({ givenUpPerSecond: 0, floodsPerSecond: 0.5 }), ["0.5 floods/s"]);
});
