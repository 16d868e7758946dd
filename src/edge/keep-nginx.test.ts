import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { systemClock } from "../lib/clock.ts";
import type { NginxObject } from "../wire/edge.ts";
import { nginxKeeper } from "./keep-nginx.ts";
import type { Place } from "./nginx-conf.ts";
import type { Applied, Nginx } from "./nginx-process.ts";
import type { Machine } from "./tuning.ts";
import { wantedHttp } from "./wanted-conf.ts";

const golden = new URL("../../test/golden/nginx/small-vps.json", import.meta.url);
const { nginx, machine, place } = JSON.parse(readFileSync(golden, "utf8")) as {
  nginx: NginxObject;
  machine: Machine;
  place: Place;
};
const asking = (change: Partial<NginxObject> = {}) => ({ nginx: JSON.stringify({ ...nginx, ...change }) });

/** An nginx in memory, which refuses bodies of 13 bytes. */
function setUp() {
  const done: string[] = [];
  let isRunning = false;
  let conf: string | undefined;
  const start = (): Applied => {
    if (!isRunning && conf !== undefined) {
      isRunning = true;
      done.push("start");
    }
    return { ok: true };
  };
  const process: Nginx = {
    async apply(text) {
      done.push("apply");
      if (text.includes("client_max_body_size 13;")) return { ok: false, reason: "thirteen" };
      conf = text;
      return start();
    },
    ensureRunning: async () => start(),
    loaded: () => undefined,
    isRunning: () => isRunning,
    found: () => ({ recorded: undefined, master: undefined, workers: [], leaving: [] }),
    reopenLogs() {},
    async stop() {},
  };
  let objects: Record<string, string> = {};
  const told: string[] = [];
  const keeper = nginxKeeper({
    nginx: process,
    clock: systemClock,
    wanted: () => wantedHttp(objects, machine, place),
    onNew: () => void told.push("new"),
    onDeath: () => void told.push("death"),
    onChange: () => void told.push("change"),
  });
  const take = <T>(list: T[]) => list.splice(0);
  return {
    keeper,
    ask(next: Record<string, string>) {
      objects = next;
    },
    kill() {
      isRunning = false;
    },
    startOutside() {
      isRunning = true;
    },
    done: () => take(done),
    told: () => take(told),
  };
}

describe("the keeper of nginx", () => {
  test("does nothing until control asks for nginx, then starts it once", async () => {
    const rig = setUp();
    await rig.keeper.pass();
    assert.deepEqual(rig.done(), []);
    rig.ask(asking());
    await rig.keeper.pass();
    await rig.keeper.pass();
    assert.deepEqual([rig.done(), rig.told()], [["apply", "start"], ["new"]]);
  });

  test("applies a change of nginx.conf, and none of what is not in it", async () => {
    const rig = setUp();
    rig.ask(asking());
    await rig.keeper.pass();
    rig.done();
    rig.ask({ ...asking({ selfSignedNames: ["a.example.com"] }), "route/a": "{}" });
    await rig.keeper.pass();
    assert.deepEqual(rig.done(), []);
    rig.ask(asking({ maxBodyBytes: 5 }));
    await rig.keeper.pass();
    assert.deepEqual(rig.done(), ["apply"]);
  });

  test("says why a change is refused until it is taken back, and starts nginx with the old one meanwhile", async () => {
    const rig = setUp();
    rig.ask(asking());
    await rig.keeper.pass();
    rig.ask(asking({ maxBodyBytes: 13 }));
    await rig.keeper.pass();
    assert.equal(rig.keeper.configError(), "thirteen");
    rig.done();
    rig.kill();
    await rig.keeper.pass();
    assert.deepEqual(rig.done(), ["start", "apply"]);
    rig.ask(asking());
    await rig.keeper.pass();
    assert.equal(rig.keeper.configError(), undefined);
  });

  test("keeps nginx as it is when control asks for none any more", async () => {
    const rig = setUp();
    rig.ask(asking());
    await rig.keeper.pass();
    rig.ask({});
    rig.kill();
    await rig.keeper.pass();
    assert.deepEqual(rig.done(), ["apply", "start", "start"]);
  });

  test("tells of a death, of a start by another, and of a death right after a start", async () => {
    const rig = setUp();
    rig.ask(asking());
    await rig.keeper.pass();
    rig.told();
    rig.kill();
    rig.keeper.look();
    assert.deepEqual(rig.told(), ["death", "change"]);
    rig.startOutside();
    rig.keeper.look();
    assert.deepEqual(rig.told(), ["new", "change"]);
    rig.kill();
    await rig.keeper.pass();
    rig.kill();
    rig.told();
    rig.keeper.look();
    assert.deepEqual(rig.told(), ["death", "change"]);
  });

  test("a start by another between two looks is told by the pass that finds it", async () => {
    const rig = setUp();
    rig.startOutside();
    await rig.keeper.pass();
    assert.deepEqual(rig.told(), ["new"]);
  });
});
