import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../test/lua/both.ts";
import { seedRandom } from "./balance/random.ts";
import { followTraffic, pace, takeTurn, wantedASecond } from "./own-pace.ts";

/** So many requests in a second: how many of them are timed, and for how many these count. */
function second(requests: number): { timed: number; counted: number } {
  const told = { timed: 0, counted: 0 };
  for (let i = 0; i < requests; i++) {
    pace.left--;
    if (pace.left > 0) continue;
    told.counted += takeTurn();
    told.timed++;
  }
  followTraffic();
  return told;
}

function begin(): void {
  seedRandom(7);
  Object.assign(pace, { left: 1, gap: 1, timed: 0, requests: 0 });
}

test("of little traffic every request is timed, and counts for itself", () => {
  begin();
  for (let i = 0; i < 20; i++) assert.deepEqual(second(90), { timed: 90, counted: 90 });
});

test("of more, about as many are timed at any traffic, and they stand for all", () => {
  for (const requests of [200, 5_000, 60_000]) {
    begin();
    second(requests);
    let [timed, counted] = [0, 0];
    const seconds = 60;
    for (let i = 0; i < seconds; i++) {
      const told = second(requests);
      assert.ok(told.timed <= 2 * wantedASecond, `${told.timed} of ${requests}`);
      timed += told.timed;
      counted += told.counted;
    }
    assert.ok(timed > 0.4 * wantedASecond * seconds, `${timed} of ${requests}`);
    assert.ok(Math.abs(counted / (requests * seconds) - 1) < 0.05, `${counted} for ${requests * seconds}`);
  }
});

test("traffic that comes at once, or ends, is followed", () => {
  begin();
  second(10);
  assert.ok(second(60_000).timed <= 12 * wantedASecond);
  for (let i = 0; i < 3; i++) second(50);
  assert.equal(second(50).timed, 50);
});

test("no rhythm of the requests is that of the sample", () => {
  begin();
  second(20_000);
  const timed = [0, 0, 0, 0];
  for (let i = 0; i < 400_000; i++) {
    pace.left--;
    if (pace.left > 0) continue;
    takeTurn();
    timed[i % 4]! += 1;
    if (pace.timed === wantedASecond) followTraffic();
  }
  const all = timed.reduce((a, b) => a + b, 0);
  for (const one of timed) assert.ok(Math.abs(one / all - 0.25) < 0.05, timed.join());
});

test("LuaJIT takes the same turns", async () => {
  const take = { module: "gateway.own-pace", name: "takeTurn", args: [] };
  const follow = { module: "gateway.own-pace", name: "followTraffic", args: [] };
  begin();
  await runBoth([
    { module: "gateway.balance.random", name: "seedRandom", args: [7] },
    ...Array.from({ length: 450 }, () => take),
    follow,
    ...Array.from({ length: 150 }, () => take),
  ]);
});
