import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { locationOf } from "./locations.ts";

const ways = (isCompressed: boolean, isChanged: boolean, isEdited = false) => ({ isCompressed, isChanged, isEdited });
const choices = [true, false].flatMap((request) => [true, false].map((response) => ({ request, response })));

test("what most routes want has no other location, and each other way has one of its own", () => {
  assert.equal(locationOf({ protocol: "http" }, undefined, ways(false, false)), "");
  assert.equal(locationOf({ protocol: "http" }, undefined, ways(true, false)), "@compress");
  assert.equal(locationOf({ protocol: "http" }, undefined, ways(false, true)), "@forward");
  assert.deepEqual(
    choices.map((buffering) => locationOf({ protocol: "http" }, buffering, ways(false, false))),
    ["", "@stream_response", "@stream_request", "@stream"],
  );
  assert.deepEqual(
    choices.map((buffering) => locationOf({ protocol: "http" }, buffering, ways(true, false))),
    ["@compress", "@stream_response_compress", "@stream_request_compress", "@stream_compress"],
  );
  assert.equal(locationOf({ protocol: "grpc" }, { request: true, response: true }, ways(false, false)), "@grpc");
});

test("answers whose bodies are changed have a location, compressed afterwards or not", () => {
  assert.equal(locationOf({ protocol: "http" }, undefined, ways(false, true, true)), "@edit");
  const streamed = { request: false, response: true };
  assert.equal(locationOf({ protocol: "http" }, streamed, ways(true, false, true)), "@stream_request_edit_compress");
});

test("targets that speak TLS are asked from places that verify as their service says", () => {
  const tls = { trust: "system" };
  assert.equal(locationOf({ protocol: "http", tls }, undefined, ways(false, true)), "@tls_system");
  assert.equal(
    locationOf({ protocol: "http", tls }, { request: false, response: true }, ways(true, false)),
    "@tls_system_stream_request_compress",
  );
  assert.equal(locationOf({ protocol: "grpc", tls }, undefined, ways(false, true)), "@tls_system_grpc");
});

test("nginx.conf has every location that a route can be sent to", () => {
  const conf = readFileSync(new URL("../../test/golden/nginx/small-vps.conf", import.meta.url), "utf8");
  for (const buffering of choices) {
    for (const [isCompressed, isChanged, isEdited] of [
      [true, false, false],
      [false, false, false],
      [false, true, false],
      [false, true, true],
      [true, false, true],
    ] as const) {
      if (isEdited && !buffering.response) continue; // refused in the file
      const name = locationOf({ protocol: "http" }, buffering, { isCompressed, isChanged, isEdited });
      if (name !== "") assert.ok(conf.includes(`location ${name} {`), name);
    }
  }
  assert.ok(conf.includes("location @grpc {"));
});
