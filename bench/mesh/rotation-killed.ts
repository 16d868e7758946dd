// Rotations in a row in which control and agents are killed at random moments, under pings: what is lost of them.
//
//   edge-1 (control, edge, relay), api-1 behind an easy NAT, laptop-1 behind a hard one: api-1 and laptop-1 meet at edge-1 alone
//
// Pings every 2 ms from edge-1 to api-1 and from api-1 to laptop-1. `RUNS=5` rotations of both keys of one host, by turns.
import { setTimeout } from "node:timers/promises";
import type { RotationAnswer } from "../../src/wire/rotation.ts";
import { openSecondHome } from "../../test/e2e/second-home.ts";
import { kill, openSystem } from "../../test/e2e/system.ts";
import type { Host } from "../../test/lab/lab.ts";
import { pinger } from "../../test/lab/pinger.ts";
import { unreadDatagrams } from "../../test/lab/unread.ts";
import { waitFor } from "../../test/lab/wait-for.ts";

const runs = Number(process.env["RUNS"] ?? 5);
const killsAtMost = 3;
const runLimitMs = 180_000;
const print = (name: string, value: number | string) => console.log(`${name} ${value}`);

const system = await openSystem();
try {
  const { edge, api } = system;
  const home = await openSecondHome(system);
  const victims: readonly (readonly [Host, string])[] = [
    [edge, "control"],
    [edge, "agent"],
    [api, "agent"],
  ];

  /** Undefined while control does not answer. */
  const rotation = async () => {
    const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", "http://control/v1/rotation"];
    const { stdout } = await edge.run(words, { check: false });
    return stdout.startsWith("{") ? (JSON.parse(stdout) as RotationAnswer).run : undefined;
  };

  /** Kills programs at some of the moments at which something has changed, until the run has ended. */
  const follow = async (number: number) => {
    let [seen, kills] = ["", 0];
    const end = performance.now() + runLimitMs;
    while (performance.now() < end) {
      const run = await rotation();
      if (run?.number === number && run.endedAt !== undefined) return { run, kills };
      const now = JSON.stringify(run?.active);
      if (now !== seen && kills < killsAtMost && Math.random() < 0.5) {
        const [host, program] = victims[Math.floor(Math.random() * victims.length)]!;
        try {
          kill(host, new RegExp(`/main.ts ${program}`));
          kills++;
        } catch {} // it has not been started again yet
      }
      seen = now;
      await setTimeout(100);
    }
    throw new Error(`rotation ${number} has not ended within ${runLimitMs / 1000} s`);
  };

  const pings = await Promise.all([
    pinger(edge, home.apiAddress, { intervalMs: 2 }),
    pinger(api, home.laptopAddress, { intervalMs: 2 }),
  ]);
  let [renewed, undone, killed] = [0, 0, 0];
  for (let count = 0; count < runs; count++) {
    const answers = async () => (await system.portway(edge, "hosts")).code === 0;
    await waitFor(answers, { what: "control to answer", timeoutMs: 60_000 });
    const before = (await rotation())?.number ?? 0;
    await system.ok(edge, "rotate", count % 3 === 2 ? "laptop-1" : "api-1");
    const { run, kills } = await follow(before + 1);
    renewed += run.renewed;
    undone += run.failed.length;
    killed += kills;
  }
  const reports = await Promise.all(pings.map((one) => one.stop()));
  const unread = await Promise.all([edge, api, home.laptop].map(unreadDatagrams));

  const sum = (of: (report: (typeof reports)[number]) => number) => reports.reduce((all, one) => all + of(one), 0);
  print("rotation_killed_runs", runs);
  print("rotation_killed_programs", killed);
  print("rotation_killed_keys_renewed", renewed);
  print("rotation_killed_keys_gone_back", undone);
  print(
    "rotation_killed_pings",
    sum(({ received }) => received),
  );
  print(
    "rotation_killed_pings_lost",
    sum(({ lost }) => lost),
  );
  print("rotation_killed_longest_gap_ms", Math.max(...reports.map(({ longestGapMs }) => longestGapMs)).toFixed(0));
  for (const { lostAtMs } of reports)
    if (lostAtMs.length > 0) console.error(`lost after ${lostAtMs}; datagrams that nobody read in time: ${unread}`);
} finally {
  await system.close();
}
