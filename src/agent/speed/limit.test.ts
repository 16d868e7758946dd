import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { busyBetween, readCores } from "./cpu.ts";
import { parseIperf } from "./iperf.ts";
import { limitOf } from "./limit.ts";
import { jitter, quantile } from "./quantile.ts";

const idle = { all: 0.1, busiest: 0.3 };
const ends = { sender: "edge-1", receiver: "api-1" };
const seen = (more: object) => limitOf({ retransmitShare: 0, sender: idle, receiver: idle, ...more }, ends, 1420);

describe("what limits a flow", () => {
  test("is the CPU of the end that has a busy core, whatever else there is", () => {
    const { limit, because } = seen({ receiver: { all: 0.5, busiest: 0.97 }, retransmitShare: 0.1 });
    assert.equal(limit, "cpu");
    assert.match(because, /api-1 had a core busy for 97 %/);
    assert.match(seen({ sender: { all: 0.95, busiest: 1 } }).because, /edge-1 had 95 % of its cores busy/);
  });

  test("is loss where segments are sent again, then small packets, else the link", () => {
    assert.deepEqual(seen({ retransmitShare: 0.02 }), {
      limit: "loss",
      because: "2.0 % of the segments were sent again",
    });
    const flow = { retransmitShare: 0.001, sender: idle, receiver: idle };
    assert.equal(limitOf(flow, ends, 1232).limit, "mtu");
    assert.equal(limitOf(flow, ends, undefined).limit, "link");
    assert.equal(seen({}).limit, "link");
  });
});

describe("what is measured of a machine and a flow", () => {
  test("cores are busy for what is neither idle nor waiting, between two looks", () => {
    const stat = (user: number, idle: number) =>
      `cpu  9 9 9 9\ncpu0 ${user} 0 0 ${idle} 5 0 0 0 0 0\ncpu1 0 0 0 100 0 0 0 0 0 0\n`;
    const busy = busyBetween(
      readCores(stat(100, 100)),
      readCores(stat(175, 125).replace("cpu1 0 0 0 100", "cpu1 0 0 0 200")),
    );
    assert.deepEqual(busy, { all: 0.375, busiest: 0.75 });
    assert.deepEqual(busyBetween([], []), { all: 0, busiest: 0 });
  });

  test("a flow is what arrived, with what was sent again as a share of the segments", () => {
    const end = {
      sum_sent: { bytes: 1_380_000, retransmits: 10 },
      sum_received: { bits_per_second: 1_000_000.4 },
      streams: [{ sender: { mean_rtt: 12_500 } }],
    };
    assert.deepEqual(parseIperf(JSON.stringify({ start: { tcp_mss_default: 1380 }, end })), {
      bitsPerSecond: 1_000_000,
      retransmits: 10,
      retransmitShare: 0.01,
      roundTripMs: 12.5,
    });
  });

  test("what went wrong with iperf3 is told in its words", () => {
    assert.throws(() => parseIperf(`{"error": "unable to connect to server"}`), /iperf3: unable to connect/);
    assert.throws(() => parseIperf("", "killed"), /iperf3 told nothing: killed/);
  });

  test("quantiles and jitter of samples, and of none", () => {
    assert.deepEqual([quantile([3, 1, 2], 0.5), quantile([1, 2, 3, 4], 0.99), quantile([], 0.5)], [2, 4, 0]);
    assert.deepEqual([jitter([1, 3, 2]), jitter([5]), jitter([])], [1.5, 0, 0]);
  });
});
