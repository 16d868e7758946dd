import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { locationOf } from "./locations.ts";

const choices = [true, false].flatMap((request) => [true, false].map((response) => ({ request, response })));

test("what most routes want has no other location, and each other way has one of its own", () => {
  assert.equal(locationOf({ protocol: "http" }, undefined, false, false), "");
  assert.equal(locationOf({ protocol: "http" }, undefined, true, false), "@compress");
  assert.equal(locationOf({ protocol: "http" }, undefined, false, true), "@forward");
  assert.deepEqual(
    choices.map((buffering) => locationOf({ protocol: "http" }, buffering, false, false)),
    ["", "@stream_response", "@stream_request", "@stream"],
  );
  assert.deepEqual(
    choices.map((buffering) => locationOf({ protocol: "http" }, buffering, true, false)),
    ["@compress", "@stream_response_compress", "@stream_request_compress", "@stream_compress"],
  );
  assert.equal(locationOf({ protocol: "grpc" }, { request: true, response: true }, false, false), "@grpc");
});

test("targets that speak TLS are asked from places that verify as their service says", () => {
  const tls = { trust: "system" };
  assert.equal(locationOf({ protocol: "http", tls }, undefined, false, true), "@tls_system");
  assert.equal(
    locationOf({ protocol: "http", tls }, { request: false, response: true }, true, false),
    "@tls_system_stream_request_compress",
  );
  assert.equal(locationOf({ protocol: "grpc", tls }, undefined, false, true), "@tls_system_grpc");
});

test("nginx.conf has every location that a route can be sent to", () => {
  const conf = readFileSync(new URL("../../test/golden/nginx/small-vps.conf", import.meta.url), "utf8");
  for (const buffering of choices) {
    for (const [isCompressed, rewritesHost] of [
      [true, false],
      [false, false],
      [false, true],
    ] as const) {
      const name = locationOf({ protocol: "http" }, buffering, isCompressed, rewritesHost);
      if (name !== "") assert.ok(conf.includes(`location ${name} {`), name);
    }
  }
  assert.ok(conf.includes("location @grpc {"));
});
