// A rotation under pings while its programs are killed, and one that a person ends half-way: no ping is lost.
//
//   internet ───┬──────────────┬──────────────┬──────────────────┬──
//             edge-1      gateway "home"    client      gateway "office" (hard)
//      control, edge, relay  ──┬────────                     ──┬────────
//                            api-1 ─ ─ ─ by the relay alone ─ ─ laptop-1
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { HostsAnswer } from "../../src/wire/hosts.ts";
import type { RotationAnswer, RotationReport } from "../../src/wire/rotation.ts";
import type { Host } from "../lab/lab.ts";
import { needsRoot } from "../lab/needs-root.ts";
import { pinger } from "../lab/pinger.ts";
import { unreadDatagrams } from "../lab/unread.ts";
import { waitFor } from "../lab/wait-for.ts";
import { openSecondHome } from "./second-home.ts";
import { kill, openSystem, type System } from "./system.ts";

suite("a rotation", { ...needsRoot, timeout: 420_000 }, () => {
  let system: System;
  let home: Awaited<ReturnType<typeof openSecondHome>>;
  before(async () => {
    system = await openSystem();
    home = await openSecondHome(system);
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
      { what: `${plane} to be in ${phases[0]}`, timeoutMs: 120_000 },
    );
  const ended = (number: number): Promise<RotationReport> =>
    waitFor(
      async () => {
        const now = await run();
        return now?.number === number && now.endedAt !== undefined ? now : undefined;
      },
      { what: "the rotation to end", timeoutMs: 180_000 },
    );
  const generation = async (host: string, plane: string) =>
    (await call<HostsAnswer>("/v1/hosts"))?.hosts
      .find(({ name }) => name === host)
      ?.keys.find((key) => key.plane === plane)?.generation;
  /** Pings between the homes, and from the edge: ended, those that were lost, and how many came back. */
  const pingAll = async () => {
    const all = await Promise.all([
      pinger(system.edge, home.apiAddress, { intervalMs: 2 }),
      pinger(system.api, home.laptopAddress, { intervalMs: 2 }),
    ]);
    return async () => {
      const reports = await Promise.all(all.map((one) => one.stop()));
      const unread = await Promise.all([system.edge, system.api, home.laptop].map(unreadDatagrams));
      const times = JSON.stringify(reports.map(({ lostAtMs }) => lostAtMs));
      return {
        lost: reports.map(({ lost }) => lost),
        where: `after the answers of ${times}; datagrams that nobody read in time: ${unread}`,
        received: Math.min(...reports.map(({ received }) => received)),
      };
    };
  };
  const signal = (host: Host, program: string, name?: NodeJS.Signals) =>
    kill(host, new RegExp(`/main.ts ${program}`), name);

  test("goes on when control and agents are killed in the middle of it, and loses no ping", async () => {
    const stop = await pingAll();
    await system.ok(system.edge, "rotate", "api-1");
    await reached("pw0", "bypass", "rest", "tell", "swap", "prove", "return");
    signal(system.edge, "control");
    await reached("pw0", "tell", "swap", "prove", "return");
    signal(system.api, "agent");
    await reached("pwr1", "rest", "tell", "swap", "prove", "return");
    signal(system.edge, "agent");
    const report = await ended(1);
    const { lost, where, received } = await stop();
    assert.deepEqual([report.failed, report.renewed], [[], 2]);
    assert.deepEqual([await generation("api-1", "pw0"), await generation("api-1", "pwr1")], [2, 2]);
    assert.deepEqual(lost, [0, 0], `${lost} lost, ${where}`);
    assert.ok(received > 1_000);
  });

  test("that a person ends goes back to the old key, and loses no ping", async () => {
    const stop = await pingAll();
    await system.ok(system.edge, "rotate", "laptop-1");
    await reached("pwr1", "rest", "tell", "swap");
    signal(home.laptop, "agent", "SIGSTOP"); // the key is not in use before the order comes, however long that takes
    await system.ok(system.edge, "rotate", "--abort");
    signal(home.laptop, "agent", "SIGCONT");
    const report = await ended(2);
    const { lost, where } = await stop();
    assert.deepEqual(lost, [0, 0], `${lost} lost, ${where}`);
    assert.deepEqual(
      report.failed.map(({ host, plane }) => [host, plane]),
      [["laptop-1", "pwr1"]],
    );
    assert.deepEqual([await generation("laptop-1", "pw0"), await generation("laptop-1", "pwr1")], [2, 1]);
    await system.online("api-1");
  });
});
