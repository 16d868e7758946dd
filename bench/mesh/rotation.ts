// All keys of an installation renewed again and again under pings every 2 ms and public requests: what is lost of both, the
// longest gap, and the time a run takes. `RUNS=10` unless told.
//
//   internet ───┬──────────────┬──────────────┬──
//             edge-1      gateway "home"    client
//      control, edge, relay  ──┬────────
//                            api-1
import { openSystem, publicName, yaml } from "../../test/e2e/system.ts";
import { pinger } from "../../test/lab/pinger.ts";
import { requester } from "../../test/lab/requester.ts";

const runs = Number(process.env["RUNS"] ?? 10);
const system = await openSystem();
try {
  const { edge, client, ok } = system;
  await system.apply(yaml.replace("allow: [tcp/8080] }", "allow: [tcp/8080, icmp] }"));
  await system.online("api-1");
  const { hosts } = await system.status();
  const pings = await pinger(edge, hosts.find(({ name }) => name === "api-1")!.ipv4, { intervalMs: 2 });
  const requests = await requester(client, `https://${publicName}/`, { perSecond: 50 });
  const seconds: number[] = [];
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    await edge.run(["portway", "rotate", "--all", "--watch"], { timeoutMs: 200_000 });
    seconds.push((performance.now() - began) / 1000);
  }
  const [pinged, requested] = [await pings.stop(), await requests.stop()];
  const generations = (await system.status()).hosts.flatMap(({ keys }) => keys.map(({ generation }) => generation));
  if (Math.max(...generations) !== runs + 1)
    throw new Error(`generation ${Math.max(...generations)} after ${runs} runs`);
  console.log(`rotation_runs ${runs}`);
  console.log(`rotation_pings ${pinged.received}`);
  console.log(`rotation_pings_lost ${pinged.lost}`);
  console.log(`rotation_longest_gap_ms ${pinged.longestGapMs.toFixed(0)}`);
  console.log(`rotation_requests ${requested.count}`);
  console.log(`rotation_requests_failed ${requested.failures.length}`);
  console.log(`rotation_s ${(seconds.reduce((sum, one) => sum + one, 0) / runs).toFixed(1)}`);
  await ok(edge, "audit", "verify");
} finally {
  await system.close();
}
