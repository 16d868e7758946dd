import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createVirtualClock } from "../../test/lab/virtual-clock.ts";
import { silentLog } from "../lib/log.ts";
import type { AgentStatus } from "../wire/stream.ts";
import { type Reports, startReports } from "./report.ts";

/** Hosts that report, by one clock; `told` are the times at which they did since the last call. */
function hosts(count: number) {
  const clock = createVirtualClock(0);
  let told: number[] = [];
  const client = {
    post: async <T>() => {
      told.push(clock.now());
      return undefined as T;
    },
  };
  const all = Array.from({ length: count }, (_, index) =>
    startReports({
      ...{ clock, client, log: silentLog, random: () => index / count, status: () => ({}) as AgentStatus },
      onRemoved() {},
      onArrived() {},
    }),
  );
  return {
    each: (work: (one: Reports) => void) => all.forEach(work),
    pass: clock.pass,
    told() {
      const times = told;
      told = [];
      return times;
    },
    close: () => Promise.all(all.map((one) => one.close())),
    now: clock.now,
  };
}

describe("reports", () => {
  test("of what happens to many hosts at once are spread over two seconds, one by each", async () => {
    const many = hosts(200);
    await many.pass(5_000);
    many.told();
    const diedAt = many.now();
    for (let count = 0; count < 3; count++) many.each((one) => one.triggerSoon());
    await many.pass(3_000);
    const told = many.told();
    assert.equal(told.length, 200);
    for (let from = diedAt + 500; from < diedAt + 2_500; from += 100) {
      const among = told.filter((at) => at >= from && at < from + 100).length;
      assert.ok(among <= 15, `${among} of them from ${from - diedAt} to ${from - diedAt + 100} ms`);
    }
    await many.close();
  });

  test("of what somebody waits for go out at once, also while another one is put off, but not twice in half a second", async () => {
    const one = hosts(1);
    await one.pass(5_000);
    one.told();
    one.each((reports) => reports.triggerSoon());
    for (let count = 0; count < 10; count++) {
      one.each((reports) => reports.trigger());
      await one.pass(60);
    }
    const [first, second, third] = one.told();
    assert.equal(first, 5_050);
    assert.equal(second, 5_550);
    assert.equal(third, undefined);
    await one.close();
  });
});
