// All keys of a network renewed again and again under pings, long TCP flows and public requests: what is lost of each, and the
// round trips beside those of a quiet time. 20 hosts, 8 of them behind NAT, 2 relays; pings every 2 ms on 4 pairs and every
// 50 ms on 36. `RUNS=1`, `LOSS=0` (percent, on the lines of hosts behind NAT), `APIS=8`, `DBS=10`, `RATE=50` requests a second,
// `PING_MS=2`, `DELAY_MS=0` (each way, where the kernel has netem).
import { setTimeout } from "node:timers/promises";
import type { RotationAnswer, RotationReport } from "../../src/wire/rotation.ts";
import { requester } from "../../test/lab/requester.ts";
import { openFlow, openRotationLab, pingAll, publicName } from "../rotation-lab.ts";

const setting = (name: string, usual: number) => Number(process.env[name] ?? usual);
const [runs, loss, rate] = [setting("RUNS", 1), setting("LOSS", 0), setting("RATE", 50)];
const [pingMs, delayMs] = [setting("PING_MS", 2), setting("DELAY_MS", 0)];
const quietMs = 15_000;
const print = (name: string, value: number | string) => console.log(`${name} ${value}`);

const lab = await openRotationLab({ apis: setting("APIS", 8), dbs: setting("DBS", 10), delayMs });
try {
  const { edge, client, apis, pairs } = lab;
  for (const host of apis) await host.impair({ lossPercent: loss });
  const flows = await Promise.all(pairs.slice(0, 4).map(openFlow));
  const requests = await requester(client, `https://${publicName}/`, { perSecond: rate });

  const stopQuiet = await pingAll(pairs, pingMs);
  await setTimeout(quietMs);
  const quiet = await stopQuiet();

  const seconds: number[] = [];
  const reports: RotationReport[] = [];
  const stop = await pingAll(pairs, pingMs);
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    await edge.run(["portway", "rotate", "--all", "--watch"], { check: false, timeoutMs: 1_800_000 });
    seconds.push((performance.now() - began) / 1000);
    const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", "http://control/v1/rotation"];
    reports.push((JSON.parse((await edge.run(words)).stdout) as RotationAnswer).run!);
  }
  const [pinged, requested] = [await stop(), await requests.stop()];

  const share = ({ lost, received }: { lost: number; received: number }) =>
    ((100 * lost) / (lost + received)).toFixed(2);
  print("rotation_runs", runs);
  print("rotation_keys_renewed", reports.map(({ renewed }) => renewed).join(" "));
  print("rotation_keys_failed", reports.map(({ failed }) => failed.length).join(" "));
  print("rotation_s", seconds.map((one) => one.toFixed(0)).join(" "));
  print("rotation_pings", pinged.received);
  print("rotation_pings_lost", pinged.lost);
  if (loss > 0) print("rotation_pings_lost_percent", `${share(pinged)} (quiet: ${share(quiet)})`);
  print("rotation_longest_gap_ms", `${pinged.longestGapMs.toFixed(0)} (quiet: ${quiet.longestGapMs.toFixed(0)})`);
  print("rotation_p99_over_quiet", (pinged.p99Ms / quiet.p99Ms).toFixed(2));
  print("rotation_requests", requested.count);
  print("rotation_requests_failed", requested.failures.length);
  print("rotation_connections_reset", flows.filter((flow) => flow.ended()).length);
  for (const { host, plane, reason } of reports.flatMap(({ failed }) => failed))
    console.error(`${host} ${plane}: ${reason}`);
} finally {
  await lab.close();
}
