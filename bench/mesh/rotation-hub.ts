// All keys of a home lab renewed again and again under pings every 2 ms and public requests: one server that is control, edge and
// relay, and two hosts behind NATs that meet at it alone (test/e2e/second-home.ts has the picture). `RUNS=1`, `RATE=20`
// requests a second.
import type { RotationAnswer } from "../../src/wire/rotation.ts";
import { openSecondHome } from "../../test/e2e/second-home.ts";
import { openSystem, publicName } from "../../test/e2e/system.ts";
import { pinger } from "../../test/lab/pinger.ts";
import { requester } from "../../test/lab/requester.ts";

const setting = (name: string, usual: number) => Number(process.env[name] ?? usual);
const [runs, rate] = [setting("RUNS", 1), setting("RATE", 20)];
const print = (name: string, value: number | string) => console.log(`rotation_hub_${name} ${value}`);

const system = await openSystem();
try {
  const { edge, api, client } = system;
  const { apiAddress, laptopAddress } = await openSecondHome(system);
  const pings = await Promise.all([
    pinger(edge, apiAddress, { intervalMs: 2 }),
    pinger(api, laptopAddress, { intervalMs: 2 }),
  ]);
  const requests = await requester(client, `https://${publicName}/`, { perSecond: rate, timeoutMs: 20_000 });
  const seconds: number[] = [];
  const [renewed, failed]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    await edge.run(["portway", "rotate", "--all", "--watch"], { check: false, timeoutMs: 1_800_000 });
    seconds.push((performance.now() - began) / 1000);
    const words = ["curl", "-s", "--unix-socket", "/run/portway/control.sock", "http://control/v1/rotation"];
    const report = (JSON.parse((await edge.run(words)).stdout) as RotationAnswer).run!;
    renewed.push(report.renewed);
    failed.push(report.failed.length);
    for (const { host, plane, reason } of report.failed) console.error(`${host} ${plane}: ${reason}`);
  }
  const [toApi, toLaptop] = await Promise.all(pings.map((one) => one.stop()));
  const asked = await requests.stop();
  print("keys_renewed", renewed.join(" "));
  print("keys_failed", failed.join(" "));
  print("s", seconds.map((one) => one.toFixed(0)).join(" "));
  print("pings", toApi!.received + toLaptop!.received);
  print("pings_lost", toApi!.lost + toLaptop!.lost);
  print("longest_gap_ms", Math.max(toApi!.longestGapMs, toLaptop!.longestGapMs).toFixed(0));
  print("requests", asked.count);
  print("requests_failed", asked.failures.length);
} finally {
  await system.close();
}
