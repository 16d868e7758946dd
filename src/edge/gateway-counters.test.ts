import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reply } from "../lib/http.ts";
import { prometheusText } from "../lib/prometheus.ts";
import { countedAfter, countersPath, nothingCounted } from "./gateway-counters.ts";

const reply = (body: string, status = 200): Reply => ({ status, headers: {}, body });

test("what has changed replaces what was known, the rest stays as it is", () => {
  const first = countedAfter(
    nothingCounted,
    reply('{"epoch":5,"changes":3}\n["a|x=1",7]\n["b|#",250,[110,2,3,4]]\n["c|#",1,{}]\n'),
  );
  assert.deepEqual(first.counters, { "a|x=1": 7 });
  assert.deepEqual(first.histograms["b|"], {
    buckets: [
      [3, 4],
      [110, 2],
    ],
    sumMs: 250,
    count: 6,
  });
  assert.deepEqual(first.histograms["c|"], { buckets: [], sumMs: 1, count: 0 });
  assert.equal(countersPath(first), "/counters?epoch=5&since=3");
  const second = countedAfter(first, reply('{"epoch":5,"changes":4}\n["a|x=1",8]\n'));
  assert.deepEqual(second.counters, { "a|x=1": 8 });
  assert.equal(second.histograms["b|"], first.histograms["b|"]);
});

test("times of the gateway itself are in parts of a millisecond", () => {
  const key = "portway_own_duration_seconds|route=a";
  const { histograms } = countedAfter(
    nothingCounted,
    reply(`{"epoch":5,"changes":3}\n["${key}#",0.1,[0.02,4,0.11,1]]\n`),
  );
  const { exactMs, boundsMs, buckets } = histograms[key]!;
  assert.deepEqual(
    [exactMs, boundsMs![0], buckets],
    [
      0.1,
      0.005,
      [
        [0.02, 4],
        [0.11, 1],
      ],
    ],
  );
  const text = prometheusText({ values: {}, histograms }, {});
  assert.match(text, /portway_own_duration_seconds_bucket\{route="a",le="0\.000005"\} 0\n/);
  assert.match(text, /le="0\.00002"\} 4\n.*le="0\.0001"\} 4\n.*le="0\.0002"\} 5\n/s);
});

test("another run of nginx begins anew", () => {
  const first = countedAfter(nothingCounted, reply('{"epoch":5,"changes":3}\n["a",7]\n'));
  assert.deepEqual(countedAfter(first, reply('{"epoch":6,"changes":1}\n["b",1]\n')).counters, { b: 1 });
});

test("anything else is no reply", () => {
  for (const bad of [
    "",
    "{}",
    "<html>",
    '{"epoch":1}',
    '{"epoch":1,"changes":1}\n{"a":1}',
    '{"epoch":1,"changes":1}\n["a"',
  ]) {
    assert.throws(() => countedAfter(nothingCounted, reply(bad)), /nginx answered/);
  }
  assert.throws(() => countedAfter(nothingCounted, reply('{"epoch":1,"changes":1}', 500)), /500/);
});
