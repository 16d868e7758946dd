import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Followed, nothingFollowed } from "../wire/follow.ts";
import { digestOf, type Objects } from "../wire/objects.ts";
import { watchedFiles } from "./file-watch.ts";
import { snapshotKeeper } from "./keep-snapshot.ts";
import type { Pushed } from "./push.ts";

function setUp() {
  let followed = nothingFollowed;
  let isRunning = true;
  let isReady = true;
  let answer: Pushed = { kind: "inForce", workers: 2 };
  let inForce: Followed = nothingFollowed;
  const pushes: Objects[] = [];
  const told: string[] = [];
  const keeper = snapshotKeeper({
    pusher: {
      async push(objects) {
        pushes.push(objects);
        if (answer.kind === "inForce") inForce = { revision: pushes.length, objects, digest: digestOf(objects) };
        return answer;
      },
      inForce: () => inForce,
      save() {},
      forget() {},
    },
    files: watchedFiles(),
    followed: () => followed,
    isRunning: () => isRunning,
    isReadyFor: () => isReady,
    selfSigned: async () => ({ certificatePem: "c", keyPem: "k" }),
    addressesOf: () => undefined,
    nowMs: () => 0,
    onInForce: () => void told.push("inForce"),
    onChange: () => void told.push("change"),
  });
  return {
    keeper,
    pushes,
    told: () => told.splice(0),
    follow(revision: number, objects: Objects) {
      followed = { revision, objects, digest: digestOf(objects) };
    },
    answer(next: Pushed) {
      answer = next;
    },
    stop() {
      isRunning = false;
    },
    ready(next: boolean) {
      isReady = next;
    },
  };
}

const nginx = '{"certificates":[],"selfSignedNames":[]}';

describe("the keeper of the snapshot", () => {
  test("pushes what control sent and says which revision of control is in force", async () => {
    const rig = setUp();
    rig.follow(7, { nginx, "route/a": "1" });
    await rig.keeper.pass();
    assert.deepEqual(rig.pushes, [{ "route/a": "1" }]);
    assert.equal(rig.keeper.revision(), 7);
    assert.deepEqual(rig.told(), ["inForce", "change"]);
    await rig.keeper.pass();
    assert.deepEqual(rig.told(), ["inForce"]);
  });

  test("waits until nginx.conf has what its services need", async () => {
    const rig = setUp();
    rig.ready(false);
    rig.follow(7, { nginx, "route/a": "1" });
    assert.ok((await rig.keeper.pass()) <= 100);
    assert.deepEqual(rig.pushes, []);
    rig.ready(true);
    await rig.keeper.pass();
    assert.equal(rig.keeper.revision(), 7);
  });

  test("says why nginx refuses, keeps the revision that is in force, and tries again later", async () => {
    const rig = setUp();
    rig.follow(1, { nginx, "route/a": "1" });
    await rig.keeper.pass();
    rig.follow(2, { nginx, "route/a": "bad" });
    rig.answer({ kind: "refused", reason: "route/a: bad" });
    const waitMs = await rig.keeper.pass();
    assert.deepEqual([rig.keeper.revision(), rig.keeper.error()], [1, "route/a: bad"]);
    assert.ok(waitMs >= 10_000);
    rig.answer({ kind: "inForce", workers: 2 });
    await rig.keeper.pass();
    assert.deepEqual([rig.keeper.revision(), rig.keeper.error()], [2, undefined]);
  });

  test("tries again soon when nginx cannot be asked, and keeps what it said last", async () => {
    const rig = setUp();
    rig.follow(1, { nginx, "route/a": "1" });
    rig.answer({ kind: "unreachable", reason: "nobody answers" });
    assert.ok((await rig.keeper.pass()) <= 100);
    assert.deepEqual([rig.keeper.revision(), rig.keeper.error()], [0, undefined]);
  });

  test("pushes nothing while nginx is down, and nothing to a host that is no edge any more", async () => {
    const rig = setUp();
    rig.follow(1, { "route/a": "1" });
    await rig.keeper.pass();
    rig.follow(2, { nginx });
    rig.stop();
    await rig.keeper.pass();
    assert.deepEqual(rig.pushes, []);
  });

  test("tells of keys that cannot be read", async () => {
    const rig = setUp();
    rig.follow(1, { nginx, "keys/a": '{"kind":"file","path":"/nowhere/jwks.json"}' });
    await rig.keeper.pass();
    assert.deepEqual(rig.pushes, [{ "keys/a": '{"keys":[]}' }]);
    assert.deepEqual(
      rig.keeper.warnings().map(({ code, subject }) => [code, subject]),
      [["keysUnreadable", "/nowhere/jwks.json"]],
    );
  });
});
