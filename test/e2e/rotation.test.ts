// Keys are renewed under pings, and none is lost: by control and agents as a person runs them.
//
//   internet ───┬──────────────┬──────────────┬──
//             edge-1      gateway "home"    client
//      control, edge, relay  ──┬────────
//                            api-1
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { AuditAnswer, HostsAnswer, HostView } from "../../src/wire/api.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { waitFor } from "../lab/wait-for.ts";
import { openSystem, type System, yaml } from "./system.ts";

const withPings = yaml.replace("allow: [tcp/8080] }", "allow: [tcp/8080, icmp] }");

suite("rotation", { ...needsRoot, timeout: 240_000 }, () => {
  let system: System;
  before(async () => {
    system = await openSystem();
    await system.apply(withPings);
    await system.online("api-1");
  });
  after(() => system?.close());

  const call = async <Answer>(method: string, path: string): Promise<Answer> => {
    const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", "-X", method, `http://control${path}`];
    return JSON.parse((await system.edge.run(words)).stdout) as Answer;
  };
  const keys = async () =>
    (await call<HostsAnswer>("GET", "/v1/hosts")).hosts.map(({ name, keys }) => ({ name, keys }));
  test("of all keys loses no ping, shows its steps, and is in the audit chain", async () => {
    const address = (await call<HostsAnswer>("GET", "/v1/hosts")).hosts.find(({ name }) => name === "api-1")!.ipv4;
    const before = await keys();
    const isLetIn = async () =>
      (await system.edge.run(["ping", "-n", "-c1", "-W1", address], { check: false })).code === 0;
    await waitFor(isLetIn, { what: "api-1 to let pings in" });
    const ping = await pinger(system.edge, address, { intervalMs: 2 });
    const { stdout, code } = await system.edge.run(["portway", "rotate", "--all", "--watch"], {
      check: false,
      timeoutMs: 120_000,
    });
    const report = await ping.stop();
    assert.equal(code, 0, stdout);
    for (const text of [
      "edge-1 pwr  moves packets to the other path",
      "api-1 pw0  takes the new key",
      "4 keys are new",
    ])
      assert.ok(stdout.includes(text), stdout);
    assert.equal(report.lost, 0);
    assert.ok(report.received > 1_000);
    const [old, renewed] = [before, await keys()].map((all) => all.flatMap((one) => one.keys));
    const used = (key: HostView["keys"][number]) => key.generation === 2;
    assert.equal(renewed!.filter(used).length, 4); // pw0 of both, the relay's pwr, and api-1's plane to it
    assert.ok(renewed!.filter(used).every(({ publicKey }) => old!.every((one) => one.publicKey !== publicKey)));
    const { entries } = await call<AuditAnswer>("GET", "/v1/audit");
    assert.equal(entries.filter(({ action }) => action === "rotation.renewed").length, 4);
    for (const host of [system.edge, system.api]) {
      const left = async () => (await host.run(["sh", "-c", "ls /var/lib/portway/agent/keys; ip -o link"])).stdout;
      await waitFor(async () => !/pwx|pw0\.1\.key/.test(await left()), { what: `the bypass to go on ${host.name}` });
    }
    assert.match(await system.ok(system.edge, "status"), /4 keys in use, the oldest \d+ s ago/);
  });
});
