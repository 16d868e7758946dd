import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { locationOf } from "./locations.ts";

const choices = [true, false].flatMap((request) => [true, false].map((response) => ({ request, response })));

test("what most routes want has no other location, and each other way has one of its own", () => {
  assert.equal(locationOf({ protocol: "http" }, undefined), "");
  assert.deepEqual(
    choices.map((buffering) => locationOf({ protocol: "http" }, buffering)),
    ["", "@stream_response", "@stream_request", "@stream"],
  );
  assert.equal(locationOf({ protocol: "grpc" }, { request: true, response: true }), "@grpc");
});

test("nginx.conf has every location that a route can be sent to", () => {
  const conf = readFileSync(new URL("../../test/golden/nginx/small-vps.conf", import.meta.url), "utf8");
  for (const buffering of choices) {
    const name = locationOf({ protocol: "http" }, buffering);
    if (name !== "") assert.ok(conf.includes(`location ${name} {`), name);
  }
  assert.ok(conf.includes("location @grpc {"));
});
