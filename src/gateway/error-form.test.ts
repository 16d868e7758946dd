import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../test/lua/both.ts";

const cases: readonly (readonly [contentType: string | null, accept: string | null, form: string])[] = [
  [null, null, "json"],
  [null, "", "json"],
  [null, "*/*", "json"],
  [null, "application/json", "json"],
  [null, "application/problem+json, text/html", "json"],
  [null, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"],
  [null, "TEXT/HTML", "html"],
  [null, "text/plain", "text"],
  [null, "text/*", "html"],
  [null, "text/*;q=0.5, text/plain;q=0.4", "html"],
  [null, "text/html;q=0.2, text/plain; q=0.7, application/json;q=0.5", "text"],
  [null, "text/html;q=0, */*;q=0.1", "json"],
  [null, "image/png", "json"],
  [null, "text/html;q=banana", "json"],
  [null, "text/html;q=7", "json"],
  [null, ";;,,;q=", "json"],
  [null, `text/html,${"x".repeat(2000)}`, "json"],
  ["application/grpc", "text/html", "grpc"],
  ["application/grpc+proto", null, "grpc"],
  ["application/json", "text/html", "html"],
];

test("an error has the form that the request's headers ask for, the most exact range first", async () => {
  const calls = cases.map(([contentType, accept]) => ({
    module: "gateway.error-form",
    name: "errorForm",
    args: [contentType, accept],
  }));
  assert.deepEqual(
    await runBoth(calls),
    cases.map(([, , form]) => form),
  );
});

test("each HTTP status stands for one of gRPC, unknown ones for UNKNOWN", async () => {
  const of = (status: number) => ({ module: "gateway.error-form", name: "grpcStatus", args: [status] });
  assert.deepEqual(await runBoth([401, 403, 404, 429, 502, 503, 504, 418].map(of)), [16, 7, 12, 8, 14, 14, 4, 2]);
});
