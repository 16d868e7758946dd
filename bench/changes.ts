// Requests while the configuration changes: their p99 at ten changes a second beside quiet, alternating; then how many of
// at least a million requests fail during 2,000 changes and 200 reloads of nginx.conf.
// Usage: node bench/changes.ts [rounds] [seconds] [changes] [reloads] [requests]
// (7 rounds of 3 s, 2,000, 200 and 1,000,000 unless told; 0 rounds: failures alone; 0 changes: p99 alone)
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { start } from "../src/lib/exec.ts";
import { freePort } from "../test/lab/free-port.ts";
import { chainObjects, makeSigner, wholeChain } from "./chain.ts";
import { upstreamConf } from "./peers/nginx.ts";
import { preparePortway } from "./portway.ts";
import { load, median, type Running, startPinned } from "./rig.ts";
import { withOneChanged } from "./route-objects.ts";
import type { Storm } from "./storm-client.ts";

const [rounds = 7, seconds = 3, changes = 2_000, reloads = 200, least = 1_000_000] = process.argv.slice(2).map(Number);
const routes = 5_000;
const changesPerSecond = 10;
const ports = { upstream: await freePort(), portway: await freePort() };
const folder = mkdtempSync(join(tmpdir(), "portway-changes-"));
const running: Running[] = [];
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

try {
  const signer = await makeSigner();
  const upstreamFile = join(folder, "upstream.conf");
  writeFileSync(upstreamFile, upstreamConf(ports.upstream, join(folder, "upstream.pid")));
  running.push(await startPinned(1, ["nginx", "-c", upstreamFile], ports.upstream));
  const portway = await preparePortway(folder, ports.portway);
  const nginx = await startPinned(0, ["nginx", "-c", portway.conf], ports.portway);
  running.push(nginx);
  const base = chainObjects(wholeChain, ports.upstream, signer.keys, routes);
  const url = `http://127.0.0.1:${ports.portway}/orders/1`;
  const headers = ["Host: api.example.com", `Authorization: Bearer ${signer.token}`];
  let change = 0;
  const changeOne = () => portway.push(withOneChanged(base, routes, ++change));
  await changeOne();

  const quiet: number[] = [];
  const changing: number[] = [];
  for (let round = 0; rounds > 0 && round <= rounds; round++) {
    const still = await load(1, url, headers, seconds, nginx);
    const isOver = load(1, url, headers, seconds, nginx);
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until) {
      const next = performance.now() + 1000 / changesPerSecond;
      await changeOne();
      await sleep(Math.max(0, next - performance.now()));
    }
    const moved = await isOver;
    if (round === 0) continue; // it warms up
    quiet.push(still.p99Micros);
    changing.push(moved.p99Micros);
  }
  if (rounds > 0) {
    console.log(`p99_quiet ${median(quiet).toFixed(0)} us`);
    console.log(`p99_at_${changesPerSecond}_changes_per_second ${median(changing).toFixed(0)} us`);
    console.log(`p99_changes_over_quiet ${median(changing.map((p99, round) => p99 / quiet[round]!)).toFixed(3)}`);
  }

  if (changes > 0) {
    const storm = stormOf(ports.portway, least, headers);
    for (let done = 0; done < changes; done++) {
      await changeOne();
      if (done % Math.ceil(changes / Math.max(1, reloads)) === 0) {
        process.kill(nginx.pid, "SIGHUP");
        await sleep(50);
      }
    }
    const { requests, refused, broken, again, closed } = await storm.end();
    console.log(`storm_requests ${requests}`);
    console.log(`storm_answers_that_are_errors ${refused}`);
    console.log(`storm_requests_without_an_answer ${broken}`);
    console.log(`storm_requests_sent_again ${again}`);
    console.log(`storm_connections_closed_by_nginx ${closed}`);
  }
} finally {
  for (const one of running) await one.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Requests from a program of its own, until it is told to end and there were as many as are wanted. */
function stormOf(port: number, least: number, headers: readonly string[]): { readonly end: () => Promise<Storm> } {
  const program = join(import.meta.dirname, "storm-client.ts");
  const words = ["-c", "1", process.execPath, program, `${port}`, `${least}`, ...headers];
  const client = start("taskset", words, { stdio: ["pipe", "pipe", "inherit"] });
  const said = text(client.stdout!);
  return {
    end: async () => {
      client.stdin!.end();
      return JSON.parse(await said) as Storm;
    },
  };
}
