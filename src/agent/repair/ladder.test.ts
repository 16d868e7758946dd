import assert from "node:assert/strict";
import { test } from "node:test";
import { climb, startLadder } from "./ladder.ts";

function play(untilMs: number): readonly string[] {
  const log: string[] = [];
  let ladder = startLadder(0);
  for (let now = 0; now <= untilMs; now += 250) {
    const next = climb(ladder, now);
    ladder = next.ladder;
    if (next.remedy) log.push(`${now} ${next.remedy}`);
  }
  return log;
}

test("the name, the handshake, the port, and again after a pause that is twice as long each time", () => {
  assert.deepEqual(play(22_000), [
    "500 resolve",
    "2000 handshake",
    "3500 rebind",
    "8500 resolve",
    "10000 handshake",
    "11500 rebind",
    "21500 resolve",
  ]);
});

test("it never ends: after a day there are still tries, five minutes apart", () => {
  const log = play(86_400_000);
  const last = log.slice(-4).map((line) => Number(line.split(" ")[0]));
  assert.ok(last[3]! - last[0]! <= 310_000);
});
