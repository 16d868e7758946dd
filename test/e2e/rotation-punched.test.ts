// Keys of two hosts whose packets no relay may pass on are renewed by a bypass that they find through their NATs, and no ping is lost.
//
//   internet ───┬──────────────┬──────────────┬──────────────────┬──
//             edge-1      gateway "home"    client      gateway "office"
//      control, edge, relay  ──┬────────                     ──┬────────
//                            api-1 ─ ─ ─ ─ directly ─ ─ ─ ─ laptop-1
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { waitFor } from "../lab/wait-for.ts";
import { openSecondHome } from "./second-home.ts";
import { openSystem, type System } from "./system.ts";

suite("a rotation of two hosts that no relay may carry", { ...needsRoot, timeout: 300_000 }, () => {
  let system: System;
  let home: Awaited<ReturnType<typeof openSecondHome>>;
  before(async () => {
    system = await openSystem();
    home = await openSecondHome(system, "direct");
  });
  after(() => system?.close());

  test("renews the key of their direct plane without a lost ping, and the relay passes none of them on", async (t) => {
    const { edge, api } = system;
    const passedOn = async () => (await edge.run(["nft", "list", "map", "inet", "portway", "passing4"])).stdout;
    const pings = await pinger(api, home.laptopAddress, { intervalMs: 2 });
    const { stdout, code } = await edge.run(["portway", "rotate", "laptop-1", "--watch"], {
      check: false,
      timeoutMs: 200_000,
    });
    assert.doesNotMatch(await passedOn(), /elements/);
    const { lost, received, longestGapMs } = await pings.stop();
    t.diagnostic(`${lost} of ${received} pings lost, the longest gap ${Math.round(longestGapMs)} ms`);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /laptop-1 pw0 {2}moves packets to the other path/);
    assert.match(stdout, /2 keys are new/);
    assert.equal(lost, 0);
    assert.ok(received > 1_000);
    for (const host of [edge, api, home.laptop]) {
      const isLeft = async () => /pwx/.test((await host.run(["ip", "-o", "link"])).stdout);
      await waitFor(async () => !(await isLeft()), { what: `the bypass to go on ${host.name}` });
    }
  });
});
