import assert from "node:assert/strict";
import { test } from "node:test";
import { runBoth } from "../../../test/lua/both.ts";
import type { DebugToken } from "./debug-token.ts";

const read = (texts: readonly string[]) =>
  runBoth(texts.map((text) => ({ module: "gateway.why.debug-token", name: "readDebugToken", args: [text] })));

const signature = "s".repeat(43);
const token = `pwd1.0a1b.1700000000.orders.${signature}`;

test("a token of control's is read as it was made", async () => {
  const [route, all] = await read([token, `pwd1.0a1b.1.-.${signature}`]);
  assert.deepEqual(route, {
    key: "0a1b",
    untilSeconds: 1_700_000_000,
    route: "orders",
    signed: "pwd1.0a1b.1700000000.orders",
    signature,
  });
  assert.equal((all as DebugToken).route, "-");
});

test("what is not a token is not one", async () => {
  const texts = [
    "",
    "pwd1",
    "pwd1....",
    token.replace("pwd1", "pw1"),
    `${token}.x`,
    token.replace("1700000000", "soon"),
    token.replace("1700000000", "-1"),
    token.replace("1700000000", "99999999999999"),
    `${token}${"x".repeat(256)}`,
  ];
  assert.deepEqual(
    await read(texts),
    texts.map(() => null),
  );
});

test("a token is for its route or for all, until it ends", async () => {
  const parts = { key: "0a1b", untilSeconds: 100, signed: "", signature: "" };
  const cases: readonly (readonly [route: string, taken: string | null, now: number, isGood: boolean])[] = [
    ["orders", "orders", 99.9, true],
    ["orders", "orders", 100, false],
    ["orders", "login", 50, false],
    ["orders", null, 50, false],
    ["-", "login", 50, true],
    ["-", null, 50, true],
    ["-", null, 101, false],
  ];
  const calls = cases.map(([route, taken, now]) => ({
    module: "gateway.why.debug-token",
    name: "isFor",
    args: [{ ...parts, route }, taken, now],
  }));
  assert.deepEqual(
    await runBoth(calls),
    cases.map(([, , , isGood]) => isGood),
  );
});
