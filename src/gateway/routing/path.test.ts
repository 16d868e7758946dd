import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runBoth } from "../../../test/lua/both.ts";

/** What is said of each target: its decoded path, or why it is refused. */
async function readTargets(targets: readonly string[]): Promise<{ path?: unknown; refused?: unknown }[]> {
  const results = await runBoth([
    { module: "probe", name: "table", args: [{ path: "" }], as: "out" },
    ...targets.flatMap((target) => [
      { module: "gateway.routing.path", name: "canonicalPath", args: [target, { $: "out" }] },
      { module: "probe", name: "field", args: [{ $: "out" }, "path"] },
    ]),
  ]);
  return targets.map((_, index) => {
    const [refused, path] = results.slice(1 + 2 * index);
    return refused === null ? { path } : { refused };
  });
}

const table: readonly (readonly [target: string, expected: { path: string } | { refused: string }])[] = [
  ["/", { path: "/" }],
  ["/orders/1", { path: "/orders/1" }],
  ["/orders/1?a=b", { path: "/orders/1" }],
  ["/orders?next=/../%2f//;%25", { path: "/orders" }],
  ["/?", { path: "/" }],
  ["/a.b/..c/...", { path: "/a.b/..c/..." }],
  ["/.well-known/acme", { path: "/.well-known/acme" }],
  ["/a@b:c,d=e&f+g!$'()*~", { path: "/a@b:c,d=e&f+g!$'()*~" }],
  ["/%6Frders/%7e1", { path: "/orders/~1" }],
  ["/a%20b%3Fc%23d", { path: "/a b?c#d" }],
  ["/caf%C3%A9", { path: "/caf\xc3\xa9" }],
  ["/caf\xc3\xa9", { path: "/caf\xc3\xa9" }],
  ["/trailing/", { path: "/trailing/" }],
  ["", { refused: "notAbsolute" }],
  ["*", { refused: "notAbsolute" }],
  ["orders", { refused: "notAbsolute" }],
  ["?a", { refused: "notAbsolute" }],
  ["/a%", { refused: "badEncoding" }],
  ["/a%4", { refused: "badEncoding" }],
  ["/a%4?1", { refused: "badEncoding" }],
  ["/a%zz", { refused: "badEncoding" }],
  ["/a%2Fb", { refused: "slash" }],
  ["/a%2fb", { refused: "slash" }],
  ["/a%5Cb", { refused: "slash" }],
  ["/a\\b", { refused: "slash" }],
  ["/a%252Fb", { refused: "doubleEncoding" }],
  ["/a%00", { refused: "control" }],
  ["/a%0a%0dX: y", { refused: "control" }],
  ["/a%1f", { refused: "control" }],
  ["/a%7F", { refused: "control" }],
  ["/a;v=1/b", { refused: "parameter" }],
  ["/a%3bv=1", { refused: "parameter" }],
  ["/..;/admin", { refused: "parameter" }],
  ["/./a", { refused: "dotSegment" }],
  ["/a/..", { refused: "dotSegment" }],
  ["/a/.?b", { refused: "dotSegment" }],
  ["/a/../b", { refused: "dotSegment" }],
  ["/a/%2e%2E/b", { refused: "dotSegment" }],
  ["/a/.%2e/b", { refused: "dotSegment" }],
  ["/a/%2e", { refused: "dotSegment" }],
  ["//", { refused: "emptySegment" }],
  ["//a", { refused: "emptySegment" }],
  ["/a//b", { refused: "emptySegment" }],
  ["/%61//b", { refused: "emptySegment" }],
  ["/a#b", { refused: "fragment" }],
  ["/a?b#c", { refused: "fragment" }],
];

test("a target is read as the table in path.ts says", async () => {
  const read = await readTargets(table.map(([target]) => target));
  assert.deepEqual(
    table.map(([target], index) => [target, read[index]]),
    table,
  );
});

test("what is not refused decodes to one absolute path without dot or empty segments, and stays the same when encoded anew", async () => {
  const piece = fc.constantFrom(..."/ab.%25;\\?#\xe9", "%2e", "%41", "%2F", "%7e", "..", "//", "%C3%A9");
  const targets = fc.sample(
    fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("")}`),
    3000,
  );
  const read = await readTargets(targets);
  const accepted = read.flatMap(({ path }) => (typeof path === "string" ? [path] : []));
  assert.ok(accepted.length > 200);
  for (const path of accepted) {
    const segments = path.slice(1).split("/");
    assert.ok(path.startsWith("/"));
    assert.ok(!segments.includes(".") && !segments.includes(".."), path);
    assert.ok(!segments.slice(0, -1).includes(""), path);
    assert.doesNotMatch(path, /[\\;%]/);
  }
  const everyByte = (path: string) =>
    [...path].map((c) => (c === "/" ? c : `%${c.charCodeAt(0).toString(16).padStart(2, "0")}`)).join("");
  const again = await readTargets(accepted.map(everyByte));
  assert.deepEqual(
    again.map(({ path }) => path),
    accepted,
  );
});
