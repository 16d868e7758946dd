import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { waitFor } from "../../test/lab/wait-for.ts";
import { type Door, openLines } from "../lib/http.ts";
import type { StatusAnswer } from "../wire/api.ts";
import { instanceHeader } from "../wire/join.ts";
import { ask, demand, refused, smallFile, startTestControl, type TestControl } from "./harness.ts";

const status = {
  program: "agent",
  capability: 1,
  version: "0",
  revision: 0,
  wireguard: "kernel",
  peers: [],
  clockMs: Date.now(),
};

suite("a copied disk", { timeout: 60_000 }, () => {
  let control: TestControl;
  let door: Door;
  before(async () => {
    control = await startTestControl();
    await control.apply(smallFile);
    door = await control.join("api-1");
  });
  after(() => control.close());

  const open = (instance: string) =>
    openLines({ ...door, path: "/v1/stream?part=mesh", headers: { [instanceHeader]: instance } });
  const report = (instance: string) =>
    ask(door, "selfStatus", { body: { ...status, clockMs: Date.now() }, headers: { [instanceHeader]: instance } });
  const refusal = async (instance: string) => {
    const { status: code, lines } = await open(instance);
    let body = "";
    for await (const line of lines) body += line;
    return { status: code, ...(JSON.parse(body) as { code: string; details: { certain: boolean }; hint: string }) };
  };
  const warnings = async () => (await demand<StatusAnswer>(control.local, "status")).warnings;

  test("the second machine is refused, for certain once the first has spoken after it asked, and both are named", async () => {
    const first = await open("one");
    assert.equal(first.status, 200);
    assert.equal((await report("one")).status, 200);
    const early = await refusal("two");
    assert.deepEqual([early.status, early.code, early.details.certain], [409, "identityInUse", false]);
    assert.equal(
      (await warnings()).some(({ code }) => code === "hostCloned"),
      false,
    );
    control.pass(10_000);
    assert.equal((await report("one")).status, 200);
    control.pass(10);
    const late = await refusal("two");
    assert.equal(late.details.certain, true);
    assert.match(late.hint, /portway leave/);
    const told = (await warnings()).find(({ code }) => code === "hostCloned");
    assert.deepEqual([told?.severity, told?.subject], ["critical", "api-1"]);
    assert.match(
      told!.text,
      /two machines with one identity.*: one is connected from 127\.0\.0\.1, and so was the one/,
    );
    const body = { ...status, clockMs: Date.now() };
    const headers = { [instanceHeader]: "two" };
    assert.equal((await refused(door, "selfStatus", { body, headers })).code, "identityInUse");
    first.close();
  });

  test("a copy that leaves does not take the first machine out, whether that is connected or was a moment ago", async () => {
    const other = await control.join("web-1");
    const leave = (instance: string) => refused(other, "selfLeave", { headers: { [instanceHeader]: instance } });
    const stream = (instance: string) =>
      openLines({ ...other, path: "/v1/stream?part=mesh", headers: { [instanceHeader]: instance } });
    const first = await stream("first");
    const early = await leave("copy");
    assert.deepEqual([early.code, early.details], ["identityInUse", { certain: false }]);
    control.pass(10_000);
    const body = { ...status, clockMs: Date.now() };
    assert.equal((await ask(other, "selfStatus", { body, headers: { [instanceHeader]: "first" } })).status, 200);
    control.pass(10);
    assert.deepEqual((await leave("copy")).details, { certain: true });
    first.close();
    assert.match((await leave("copy")).detail, /was seen as web-1/);
    control.pass(11 * 60_000);
    assert.equal((await ask(other, "selfLeave")).status, 200);
    assert.equal((await refused(other, "selfLeave")).code, "hostRemoved");
  });

  test("the same machine may open its stream again, and another one once that is closed", async () => {
    const reopened = await waitFor(async () => ((await open("one")).status === 200 ? true : undefined), {
      what: "one",
    });
    assert.equal(reopened, true);
    const again = await open("one");
    assert.equal(again.status, 200);
    again.close();
  });

  test("the first machine started anew is no copy: its old stream is gone with it", async () => {
    const door2 = await control.join("db-1");
    const stream = (instance: string) =>
      openLines({ ...door2, path: "/v1/stream?part=mesh", headers: { [instanceHeader]: instance } });
    const before = await stream("old");
    before.close();
    const next = await waitFor(
      async () => {
        const lines = await stream("new");
        return lines.status === 200 ? lines : undefined;
      },
      { what: "the new program to be let in" },
    );
    next.close();
    control.pass(11 * 60_000);
    assert.equal(
      (await warnings()).some(({ code }) => code === "hostCloned"),
      false,
    );
  });
});
