import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../lib/clock.ts";
import { createLog } from "../../lib/log.ts";
import { nameKeeper } from "./keep-names.ts";
import type { Answer, FamilyAnswer } from "./look-up.ts";

const none: FamilyAnswer = { kind: "none" };
const failed: FamilyAnswer = { kind: "failed", code: "ESERVFAIL" };
const found = (ttlSeconds: number, ...addresses: readonly string[]): FamilyAnswer => ({
  kind: "addresses",
  addresses,
  ttlSeconds,
});
const ofNames = (...names: readonly string[]) => ({
  "service/a": JSON.stringify({ lookup: { names: names.map((name) => ({ name })), network: [], allow: [] } }),
  "service/b": JSON.stringify({ name: "b" }),
  "route/a": "{}",
});

/** A keeper whose time goes on when the test says, and whose sleeps end in their order. */
function setUp(unroutable: readonly string[] = []) {
  let now = 0;
  const answers = new Map<string, Answer>();
  const sleeping: { readonly untilMs: number; readonly wake: () => void }[] = [];
  const told: string[] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const one = { untilMs: now + ms, wake: resolve };
        sleeping.push(one);
        signal?.addEventListener("abort", () => {
          sleeping.splice(sleeping.indexOf(one), 1);
          resolve();
        });
      }),
  };
  const keeper = nameKeeper({
    lookUp: async (name) => {
      told.push(`${now} asked ${name}`);
      return answers.get(name) ?? { ipv4: none, ipv6: none };
    },
    isRoutable: async (address) => !unroutable.includes(address),
    clock,
    log: createLog("edge", "error"),
    onAddresses: () => void told.push(`${now} addresses`),
    onStanding: (name, problem) => void told.push(`${now} ${name} ${problem ?? "back"}`),
  });
  return {
    keeper,
    answers,
    told: () => told.splice(0),
    async pass(ms: number) {
      const end = now + ms;
      for (;;) {
        await setImmediate();
        const next = sleeping.toSorted((a, b) => a.untilMs - b.untilMs)[0];
        if (next === undefined || next.untilMs > end) break;
        now = Math.max(now, next.untilMs);
        sleeping.splice(sleeping.indexOf(next), 1);
        next.wake();
      }
      now = end;
    },
  };
}

const both = (ipv4: FamilyAnswer, ipv6: FamilyAnswer = none): Answer => ({ ipv4, ipv6 });

describe("the keeper of names", () => {
  test("looks a name up again when its time to live is over: 5 s at least, 5 minutes at most", async () => {
    const { keeper, answers, told, pass } = setUp();
    answers.set("quick", both(found(1, "192.0.2.1")));
    answers.set("usual", both(found(90, "192.0.2.1"), found(60, "2001:db8::1")));
    answers.set("slow", both(found(86_400, "192.0.2.1")));
    keeper.follow(ofNames("quick", "usual", "slow"));
    await pass(600_000);
    const times = (name: string, all: readonly string[]) =>
      all.filter((one) => one.endsWith(` asked ${name}`)).map((one) => Number(one.split(" ")[0]));
    const all = told();
    assert.deepEqual(times("quick", all).slice(0, 3), [0, 5_000, 10_000]);
    assert.deepEqual(times("usual", all).slice(0, 3), [0, 60_000, 120_000]);
    assert.deepEqual(times("slow", all), [0, 300_000, 600_000]);
    assert.deepEqual(keeper.addressesOf("usual", undefined), ["192.0.2.1", "2001:db8::1"]);
    keeper.close();
  });

  test("tells of other addresses once for all names within 300 ms, and of another order never", async () => {
    const { keeper, answers, told, pass } = setUp();
    for (const name of ["a", "b"]) answers.set(name, both(found(5, "192.0.2.1", "192.0.2.2")));
    keeper.follow(ofNames("a", "b"));
    assert.equal(keeper.isReady(), false);
    await pass(299);
    assert.equal(keeper.isReady(), true);
    await pass(1);
    assert.deepEqual(told(), ["0 asked a", "0 asked b", "300 addresses"]);
    for (const name of ["a", "b"]) answers.set(name, both(found(5, "192.0.2.2", "192.0.2.1")));
    await pass(5_000);
    assert.deepEqual(told(), ["5000 asked a", "5000 asked b"]);
    keeper.close();
  });

  test("keeps what was found while nobody can say, or the name is gone, and says so", async () => {
    const { keeper, answers, told, pass } = setUp();
    answers.set("a", both(found(5, "192.0.2.1"), found(5, "2001:db8::1")));
    keeper.follow(ofNames("a"));
    await pass(4_000);
    told();
    answers.set("a", both(failed, failed));
    await pass(60_000);
    assert.deepEqual(keeper.addressesOf("a", undefined), ["192.0.2.1", "2001:db8::1"]);
    assert.match(
      keeper.warnings()[0]!.text,
      /^The name a cannot be looked up: the server says ESERVFAIL\. What was found last/,
    );
    const seen = told();
    assert.deepEqual(
      seen.filter((one) => !one.includes("asked")),
      ["5000 a the server says ESERVFAIL"],
    );
    assert.ok(seen.length > 3 && seen.length < 20, "it is asked again, and not all the time");
    answers.set("a", both(none));
    await pass(60_000);
    assert.deepEqual(keeper.addressesOf("a", undefined), ["192.0.2.1", "2001:db8::1"]);
    assert.match(keeper.warnings()[0]!.text, /it has no address/);
    answers.set("a", both(found(5, "192.0.2.7")));
    await pass(31_000);
    assert.deepEqual([keeper.addressesOf("a", undefined), keeper.warnings()], [["192.0.2.7"], []]);
    assert.ok(told().some((one) => one.endsWith(" a back")));
    assert.equal(keeper.counters()["portway_names_failing"], 0);
    keeper.close();
  });

  test("keeps a family that could not be asked when the other could", async () => {
    const { keeper, answers, pass } = setUp();
    answers.set("a", both(found(5, "192.0.2.1"), found(5, "2001:db8::1")));
    keeper.follow(ofNames("a"));
    await pass(1_000);
    answers.set("a", both(found(5, "192.0.2.2"), failed));
    await pass(5_000);
    assert.deepEqual(keeper.addressesOf("a", undefined), ["192.0.2.2", "2001:db8::1"]);
    keeper.close();
  });

  test("leaves out addresses that this host has no route to, unless it has one to none", async () => {
    const { keeper, answers, pass } = setUp(["2001:db8::1", "192.0.2.9"]);
    answers.set("a", both(found(5, "192.0.2.1"), found(5, "2001:db8::1")));
    answers.set("b", both(found(5, "192.0.2.9")));
    keeper.follow(ofNames("a", "b"));
    await pass(1_000);
    assert.deepEqual(
      [keeper.addressesOf("a", undefined), keeper.addressesOf("b", undefined)],
      [["192.0.2.1"], ["192.0.2.9"]],
    );
    keeper.close();
  });

  test("asks for names that services have, and for no others; a name that stays keeps what is known", async () => {
    const { keeper, answers, told, pass } = setUp();
    for (const name of ["a", "b"]) answers.set(name, both(found(5, "192.0.2.1")));
    keeper.follow(ofNames("a", "b"));
    await pass(1_000);
    keeper.follow(ofNames("a"));
    assert.deepEqual(keeper.addressesOf("a", undefined), ["192.0.2.1"]);
    assert.equal(keeper.addressesOf("b", undefined), undefined);
    told();
    await pass(5_000);
    assert.deepEqual(told(), ["5000 asked a"]);
    keeper.close();
    keeper.follow(ofNames("b"));
    await pass(60_000);
    assert.deepEqual(told(), []);
  });
});
