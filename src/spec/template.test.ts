import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fault } from "./issue.ts";
import { parseTemplate } from "./template.ts";

test("text and what a request fills in are told apart", () => {
  assert.deepEqual(parseTemplate("a {client.ip}, {request.id}{jwt.https://x.test/role}"), [
    "a ",
    { from: "client", name: "ip" },
    ", ",
    { from: "request", name: "id" },
    { from: "jwt", name: "https://x.test/role" },
  ]);
  assert.deepEqual(parseTemplate("{header.X-Tenant}{query.page}{path.id}"), [
    { from: "header", name: "x-tenant" },
    { from: "query", name: "page" },
    { from: "path", name: "id" },
  ]);
});

test("braces that are no template are text, and two of them are one", () => {
  for (const text of ['{"a":1}', "{}", "{a}", "{ client.ip }", "}"]) assert.deepEqual(parseTemplate(text), [text]);
  assert.deepEqual(parseTemplate("{{client.ip}"), ["{client.ip}"]);
  assert.deepEqual(parseTemplate(""), []);
});

test("what no request has is refused with what there is", () => {
  for (const text of ["{client.port}", "{env.HOME}", "{request.body}", "{header.a b}x{Client.ip}", "{header.x_y}"]) {
    const parts = parseTemplate(text);
    assert.ok(parts instanceof Fault, text);
    assert.equal(parts.code, "unknownTemplate");
    assert.match(parts.hint, /\{client\.ip\}/);
  }
  assert.ok(parseTemplate("{client.ip}".repeat(17)) instanceof Fault);
});

test("no text crashes it, and what it gives holds no empty part", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[{}a-z.]{0,40}$/), (text) => {
      const parts = parseTemplate(text);
      if (parts instanceof Fault) return;
      assert.ok(parts.every((part) => part !== ""));
      if (!text.includes("{")) assert.deepEqual(parts, text === "" ? [] : [text]);
    }),
  );
});
