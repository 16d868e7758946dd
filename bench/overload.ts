// What becomes of three times the load that a service can answer, with `overload` set and without. The target answers as many
// requests at a time as it has places, each after a fixed time: its capacity is its own, whatever else the machine does.
// Requests come at an even pace, whether earlier ones were answered or not.
// Usage: node bench/overload.ts [seconds]   (8 unless told)

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Objects } from "../src/wire/objects.ts";
import { freePort } from "../test/lab/free-port.ts";
import { plainRoute, plainService } from "./plain-objects.ts";
import { preparePortway } from "./portway.ts";
import { quantile, startPinned } from "./rig.ts";

const seconds = Number(process.argv[2] ?? 8);
/** Left out of the figures: the edge finds out what there is room for. */
const settleMs = 2_000;
const places = 16;
const serviceMs = 50;
const capacity = (places * 1000) / serviceMs;
const latencyMs = 2 * serviceMs;

function objects(target: number, overload: boolean): Objects {
  const service = plainService("orders", target, {
    ejection: { errors: 1000, cooldownMs: 1000 },
    ...(overload && { overload: { latencyMs, least: 4 } }),
    retries: 0,
  });
  return { "service/orders": JSON.stringify(service), "route/orders": JSON.stringify(plainRoute("orders")) };
}

interface Outcome {
  /** Milliseconds of each answer that was a 200. */
  readonly times: number[];
  refused: number;
  failed: number;
}

/** Sends `rate` requests a second; what is not answered in the end has failed. */
async function offer(port: number, rate: number): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4_000 });
  const outcome: Outcome = { times: [], refused: 0, failed: 0 };
  const start = performance.now();
  const endMs = seconds * 1000;
  const ask = () => {
    const asked = performance.now();
    const counts = asked - start >= settleMs;
    const sent = httpRequest({ port, host: "127.0.0.1", agent, headers: { host: "api.example.com" } }, (reply) => {
      reply.resume();
      reply.on("end", () => {
        if (!counts) return;
        if (reply.statusCode === 200) outcome.times.push(performance.now() - asked);
        else if (reply.statusCode === 503) outcome.refused++;
        else outcome.failed++;
      });
    });
    sent.on("error", () => {
      if (counts) outcome.failed++;
    });
    sent.end();
  };
  let sent = 0;
  for (;;) {
    const elapsed = performance.now() - start;
    if (elapsed >= endMs) break;
    for (; sent < (elapsed * rate) / 1000; sent++) ask();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const answered = outcome.times.length;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  outcome.times.length = Math.min(outcome.times.length, answered + Math.ceil(rate)); // what came late is late, but came
  agent.destroy();
  return outcome;
}

const folder = mkdtempSync(join(tmpdir(), "portway-overload-"));
const target = new Worker(new URL("queue-target.ts", import.meta.url), { workerData: { places, serviceMs } });
const [targetPort] = (await once(target, "message")) as [number];
const port = await freePort();
const portway = await preparePortway(folder, port);
const nginx = await startPinned(0, ["nginx", "-c", portway.conf], port);
try {
  const measuredSeconds = seconds - settleMs / 1000;
  const run = async (name: string, factor: number, overload: boolean) => {
    await portway.push(objects(targetPort, overload));
    const { times, refused, failed } = await offer(port, capacity * factor);
    const goodput = times.length / measuredSeconds;
    console.log(`${name}_goodput ${goodput.toFixed(0)} /s`);
    console.log(`${name}_p50 ${quantile(times, 0.5).toFixed(0)} ms`);
    console.log(`${name}_p99 ${quantile(times, 0.99).toFixed(0)} ms`);
    console.log(`${name}_refused ${(refused / measuredSeconds).toFixed(0)} /s`);
    console.log(`${name}_failed ${(failed / measuredSeconds).toFixed(0)} /s`);
    return { goodput, p99: quantile(times, 0.99) };
  };
  const quiet = await run("half_load", 0.5, true);
  const peak = await run("peak", 0.95, true);
  const shed = await run("triple_load", 3, true);
  console.log(`overload_goodput_over_peak ${(shed.goodput / peak.goodput).toFixed(3)}`);
  console.log(`overload_p99_over_quiet ${(shed.p99 / quiet.p99).toFixed(2)}`);
  await run("triple_load_without_overload", 3, false);
} finally {
  await nginx.stop();
  await target.terminate();
  rmSync(folder, { recursive: true, force: true });
}
