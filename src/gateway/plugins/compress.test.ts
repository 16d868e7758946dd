import assert from "node:assert/strict";
import { test } from "node:test";
import { type PluginRequest, runPlugin } from "../../../test/lua/plugins.ts";

const config = { encodings: ["br", "gzip"], types: ["application/json", "text/*"], minBytes: 1000 };
const page = { "Content-Type": "application/json; charset=utf-8", "Content-Length": "1000", ETag: '"a"' };

/** An answer as the target gave it, for a client that takes gzip unless told. */
function answered(changes: Record<string, string>, more: Partial<PluginRequest> = {}): PluginRequest {
  return {
    headers: { "accept-encoding": "gzip" },
    answerHeaders: { ...page, ...changes },
    record: { targetMs: 5 },
    ...more,
  };
}

/** What nginx is told that the client takes, with what the client sees of it. */
const told = (requests: readonly PluginRequest[]) =>
  runPlugin("compress", config, requests).map(({ request, answer }) => [
    (request["accept-encoding"] ?? request["Accept-Encoding"]) as string | undefined,
    answer["Vary"],
    answer["ETag"],
  ]);

test("what is large enough and of a listed type is compressed as the client likes it, with a weak tag and Vary", () => {
  const compressed = ["gzip", "Accept-Encoding", 'W/"a"'];
  const { "Content-Length": _, ...unknownLength } = page;
  assert.deepEqual(
    told([
      answered({}),
      answered({ "Content-Type": "Text/Plain" }),
      answered({}, { answerHeaders: unknownLength }),
      answered({}, { answerStatus: 404 }),
      answered({ ETag: 'W/"a"', "Cache-Control": "public, max-age=5" }),
      answered({ Vary: "Origin, accept-encoding" }),
      answered({}, { headers: { "accept-encoding": "gzip, br" } }),
    ]),
    [...Array(5).fill(compressed), ["gzip", "Origin, accept-encoding", 'W/"a"'], ["br", "Accept-Encoding", 'W/"a"']],
  );
});

test("a client that takes no coding gets the bare answer, and caches learn that another would not", () => {
  assert.deepEqual(
    told([answered({}, { headers: {} }), answered({}, { headers: { "accept-encoding": "deflate, gzip;q=0" } })]),
    [
      [undefined, "Accept-Encoding", '"a"'],
      ["identity", "Accept-Encoding", '"a"'],
    ],
  );
});

test("what is encoded, small, of another type or not to be changed stays as it is", () => {
  const kept = [
    answered({ "Content-Encoding": "gzip" }),
    answered({ "Content-Length": "999" }),
    answered({ "Content-Type": "image/png" }),
    answered({ "Content-Type": "text/event-stream" }),
    answered({ "Cache-Control": "No-Transform" }),
    answered({ "Content-Digest": "sha-256=:AAAA:" }),
    answered({ "Repr-Digest": "sha-256=:AAAA:" }),
    answered({ Digest: "sha-256=AAAA" }),
    answered({ "Content-MD5": "AAAA" }),
    ...[201, 206, 301, 500, 101].map((answerStatus) => answered({}, { answerStatus })),
  ];
  assert.deepEqual(told(kept), Array(kept.length).fill(["identity", undefined, '"a"']));
});

test("a 304 has the tag and the Vary of the answer that it stands for", () => {
  const { "Content-Type": _, "Content-Length": __, ...bare } = page;
  assert.deepEqual(told([answered({}, { answerStatus: 304, answerHeaders: bare })]), [
    ["gzip", "Accept-Encoding", 'W/"a"'],
  ]);
});

test("answers of the gateway itself are left alone", () => {
  assert.deepEqual(told([answered({}, { record: { targetMs: -1 } })]), [["gzip", undefined, '"a"']]);
});
