// A rotation under pings while its programs are killed, and one that a person ends half-way: no ping is lost.
//
//   internet ───┬──────────────┬──────────────┬──
//             edge-1      gateway "home"    client
//      control, edge, relay  ──┬────────
//                            api-1
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { HostsAnswer } from "../../src/wire/api.ts";
import type { RotationAnswer, RotationReport } from "../../src/wire/rotation.ts";
import type { Host } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { waitFor } from "../lab/wait-for.ts";
import { kill, openSystem, type System, yaml } from "./system.ts";

suite("a rotation", { ...needsRoot, timeout: 300_000 }, () => {
  let system: System;
  let address: string;
  before(async () => {
    system = await openSystem();
    await system.apply(yaml.replace("allow: [tcp/8080] }", "allow: [tcp/8080, icmp] }"));
    await system.online("api-1");
    const { hosts } = (await call<HostsAnswer>("/v1/hosts"))!;
    address = hosts.find(({ name }) => name === "api-1")!.ipv4;
  });
  after(() => system?.close());

  /** Undefined while control does not answer. */
  const call = async <Answer>(path: string): Promise<Answer | undefined> => {
    const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", `http://control${path}`];
    const { stdout } = await system.edge.run(words, { check: false });
    return stdout === "" ? undefined : (JSON.parse(stdout) as Answer);
  };
  const run = async () => (await call<RotationAnswer>("/v1/rotation"))?.run;
  /** The first of these phases of a plane's key, or what comes after them. */
  const reached = (plane: string, ...phases: string[]) =>
    waitFor(
      async () => {
        const now = await run();
        return now?.active.some((step) => step.plane === plane && phases.includes(step.phase)) || now?.endedAt;
      },
      { what: `${plane} to be in ${phases[0]}`, timeoutMs: 60_000 },
    );
  const ended = (number: number): Promise<RotationReport> =>
    waitFor(
      async () => {
        const now = await run();
        return now?.number === number && now.endedAt !== undefined ? now : undefined;
      },
      { what: "the rotation to end", timeoutMs: 120_000 },
    );
  const generation = async (host: string, plane: string) =>
    (await call<HostsAnswer>("/v1/hosts"))?.hosts
      .find(({ name }) => name === host)
      ?.keys.find((key) => key.plane === plane)?.generation;
  const crash = (host: Host, program: string) => kill(host, new RegExp(`/main.ts ${program}`));

  test("goes on when control and agents are killed in the middle of it, and loses no ping", async () => {
    const ping = await pinger(system.edge, address, { intervalMs: 2 });
    await system.ok(system.edge, "rotate", "api-1");
    await reached("pw0", "bypass", "rest", "tell", "swap", "prove", "return");
    crash(system.edge, "control");
    await reached("pw0", "tell", "swap", "prove", "return");
    crash(system.api, "agent");
    await reached("pwr1", "rest", "tell", "swap", "prove", "return");
    crash(system.edge, "agent");
    const report = await ended(1);
    const { lost, received } = await ping.stop();
    assert.deepEqual([report.failed, report.renewed], [[], 2]);
    assert.deepEqual([await generation("api-1", "pw0"), await generation("api-1", "pwr1")], [2, 2]);
    assert.equal(lost, 0);
    assert.ok(received > 1_000);
  });

  test("that a person ends goes back to the old key, and loses no ping", async () => {
    const ping = await pinger(system.edge, address, { intervalMs: 2 });
    await system.ok(system.edge, "rotate", "edge-1");
    await reached("pw0", "tell", "swap", "prove");
    await system.ok(system.edge, "rotate", "--abort");
    const report = await ended(2);
    const { lost } = await ping.stop();
    assert.equal(lost, 0);
    assert.deepEqual(
      report.failed.map(({ host, plane }) => [host, plane]),
      [["edge-1", "pw0"]],
    );
    assert.equal(await generation("edge-1", "pw0"), 1);
    await system.online("api-1");
  });
});
