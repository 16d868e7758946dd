import assert from "node:assert/strict";
import { test } from "node:test";
import { type PluginRequest, runPlugin } from "../../../test/lua/plugins.ts";

const config = { types: ["application/json", "image/*"] };
const reasons = (requests: readonly PluginRequest[]) =>
  runPlugin("contentTypes", config, requests).map(({ status, reason }) =>
    status === 0 ? "passes" : `${status} ${reason}`,
  );
const typed = (content_type: string): PluginRequest => ({ method: "POST", variables: { content_type } });

test("types of the list pass, in any case and with parameters; kinds by a star", () => {
  const taken = [
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    "application/json ;a=b",
    "image/png",
  ];
  assert.deepEqual(new Set(reasons([...taken, ...taken].map(typed))), new Set(["passes"]));
});

test("any other type is refused with 415, and so is what is no type or more than one", () => {
  const refused = [
    "text/plain",
    "application/jsonp",
    "json",
    "application/json, text/plain",
    "application/json; a=b, text/plain",
    "application /json",
    "images/png",
    "image/",
    "*/*",
    ";application/json",
  ];
  assert.deepEqual(new Set(reasons([...refused, ...refused].map(typed))), new Set(["415 type"]));
});

test("a body without a type is refused, however its length is told; a request without a body passes", () => {
  const bare = (method: string, variables: Record<string, string>): PluginRequest => ({ method, variables });
  assert.deepEqual(
    reasons([
      bare("POST", { content_length: "5" }),
      { ...bare("POST", {}), headers: { "transfer-encoding": "chunked" } },
      bare("POST", { server_protocol: "HTTP/2.0" }),
      bare("POST", { content_length: "0" }),
      bare("GET", { server_protocol: "HTTP/2.0" }),
      bare("POST", { server_protocol: "HTTP/1.1" }),
    ]),
    ["415 untyped", "415 untyped", "415 untyped", "passes", "passes", "passes"],
  );
});
