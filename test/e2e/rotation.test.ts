// Keys are renewed under pings, and none is lost: by control and agents as a person runs them.
//
//   internet ───┬──────────────┬──────────────┬──
//             edge-1      gateway "home"    client
//      control, edge, relay  ──┬────────
//                            api-1
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { AuditAnswer, HostsAnswer, HostView } from "../../src/wire/api.ts";
import type { RotationAnswer } from "../../src/wire/rotation.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { waitFor } from "../lab/wait-for.ts";
import { openSystem, type System, yaml } from "./system.ts";

const withPings = yaml.replace("allow: [tcp/8080] }", "allow: [tcp/8080, icmp] }");

suite("rotation", { ...needsRoot, timeout: 180_000 }, () => {
  let system: System;
  before(async () => {
    system = await openSystem();
    await system.apply(withPings);
    await system.online("api-1");
  });
  after(() => system?.close());

  const call = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", "-X", method, `http://control${path}`];
    const { stdout } = await system.edge.run([
      ...words,
      ...(body ? ["-H", "content-type: application/json", "-d", JSON.stringify(body)] : []),
    ]);
    return JSON.parse(stdout) as Answer;
  };
  const keys = async () =>
    (await call<HostsAnswer>("GET", "/v1/hosts")).hosts.map(({ name, keys }) => ({ name, keys }));
  const rotated = async () => {
    const { run } = await waitFor(
      async () => {
        const answer = await call<RotationAnswer>("GET", "/v1/rotation");
        return answer.run?.endedAt !== undefined ? answer : undefined;
      },
      { what: "the rotation to end", timeoutMs: 120_000 },
    );
    return run!;
  };

  test("of all keys loses no ping", async () => {
    const address = (await call<HostsAnswer>("GET", "/v1/hosts")).hosts.find(({ name }) => name === "api-1")!.ipv4;
    const before = await keys();
    const ping = await pinger(system.edge, address, { intervalMs: 2 });
    const started = await call<RotationAnswer>("POST", "/v1/rotation", { all: true });
    assert.equal(started.run?.number, 1, JSON.stringify(started));
    const run = await rotated();
    const report = await ping.stop();
    assert.deepEqual([run.failed, run.renewed], [[], 4]); // pw0 of both, the relay's pwr, and api-1's plane to it
    assert.equal(report.lost, 0);
    assert.ok(report.received > 1_000);
    const [old, renewed] = [before, await keys()].map((all) => all.flatMap(({ keys }) => keys));
    const used = (key: HostView["keys"][number]) => key.generation === 2;
    assert.equal(renewed!.filter(used).length, 4);
    assert.ok(renewed!.filter(used).every(({ publicKey }) => old!.every((one) => one.publicKey !== publicKey)));
    const { entries } = await call<AuditAnswer>("GET", "/v1/audit");
    assert.equal(entries.filter(({ action }) => action === "rotation.renewed").length, 4);
  });
});
