// Keys are renewed under pings and requests, and none is lost: by control and agents as a person runs them.
//
//   internet ───┬──────────────┬──────────────┬──────────────────┬──
//             edge-1      gateway "home"    client      gateway "office" (hard)
//      control, edge, relay  ──┬────────                     ──┬────────
//                            api-1 ─ ─ ─ by the relay alone ─ ─ laptop-1
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { AuditAnswer } from "../../src/wire/audit.ts";
import type { HostsAnswer, HostView } from "../../src/wire/hosts.ts";
import type { Host } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { requester } from "../lab/requester.ts";
import { waitFor } from "../lab/wait-for.ts";
import { openSecondHome } from "./second-home.ts";
import { openSystem, publicName, type System } from "./system.ts";

suite("rotation", { ...needsRoot, timeout: 400_000 }, () => {
  let system: System;
  let home: Awaited<ReturnType<typeof openSecondHome>>;
  before(async () => {
    system = await openSystem();
    home = await openSecondHome(system);
  });
  after(() => system?.close());

  const call = async <Answer>(method: string, path: string): Promise<Answer> => {
    const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", "-X", method, `http://control${path}`];
    return JSON.parse((await system.edge.run(words)).stdout) as Answer;
  };
  const keys = async () =>
    (await call<HostsAnswer>("GET", "/v1/hosts")).hosts.map(({ name, keys }) => ({ name, keys }));
  test("of all keys of two hosts loses no ping and no request, also of hosts that meet at one relay alone, and shows its steps", async (t) => {
    const before = await keys();
    const pings = await Promise.all([
      pinger(system.edge, home.apiAddress, { intervalMs: 2 }),
      pinger(system.api, home.laptopAddress, { intervalMs: 2 }),
    ]);
    const requests = await requester(system.client, `https://${publicName}/`, { perSecond: 20, timeoutMs: 20_000 });
    const planes = (host: Host) => host.run(["ip", "-o", "link"]).then(({ stdout }) => stdout);
    assert.doesNotMatch(await planes(home.laptop), /pwx/);
    const { stdout, code } = await system.edge.run(["portway", "rotate", "edge-1", "laptop-1", "--watch"], {
      check: false,
      timeoutMs: 300_000,
    });
    const [toApi, toLaptop] = await Promise.all(pings.map((ping) => ping.stop()));
    const asked = await requests.stop();
    assert.equal(code, 0, stdout);
    for (const { lost, received, longestGapMs } of [toApi!, toLaptop!])
      t.diagnostic(`${lost} of ${received} pings lost, the longest gap ${Math.round(longestGapMs)} ms`);
    for (const text of [
      "edge-1 pwr  moves packets to the other path",
      "edge-1 pw0  takes the new key",
      "laptop-1 pwr1  moves packets to the other path",
      "4 keys are new",
    ])
      assert.ok(stdout.includes(text), stdout);
    assert.deepEqual([toApi!.lost, toLaptop!.lost, asked.failures], [0, 0, []]);
    assert.ok(toApi!.received > 1_000 && toLaptop!.received > 1_000 && asked.count > 100);
    const [old, renewed] = [before, await keys()].map((all) => all.flatMap((one) => one.keys));
    const used = (key: HostView["keys"][number]) => key.generation === 2;
    assert.equal(renewed!.filter(used).length, 4); // pw0 of both, the relay's pwr, and the laptop's plane to it
    assert.ok(renewed!.filter(used).every(({ publicKey }) => old!.every((one) => one.publicKey !== publicKey)));
    const { entries } = await call<AuditAnswer>("GET", "/v1/audit");
    assert.equal(entries.filter(({ action }) => action === "rotation.renewed").length, 4);
    for (const host of [system.edge, system.api, home.laptop]) {
      const left = async () => (await host.run(["sh", "-c", "ls /var/lib/portway/agent/keys; ip -o link"])).stdout;
      const isLeft = host === system.api ? /pwx/ : /pwx|pw0\.1\.key/;
      await waitFor(async () => !isLeft.test(await left()), { what: `the bypass to go on ${host.name}` });
    }
    assert.match(await system.ok(system.edge, "status"), /6 keys in use, the oldest \d+ (s|min) ago/);
  });
});
