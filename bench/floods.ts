// What good requests feel, and what nginx's worker takes, while one client floods HTTP/2 as fast as it can: each kind of flood,
// and handshakes alone, with and without the limits to new TLS connections, in turn. Each attack has an address of its own.
// Usage: sudo node bench/floods.ts [seconds a flood] [rounds] [part of a flood's name]   (10 and 1 unless told)
import { exec } from "../src/lib/exec.ts";
import { floods } from "../test/hostile/floods.ts";
import type { FloodOutcome } from "./flood-client.ts";
import { figure, name, pause, report, startHostileRig, usualLimits, type Watched } from "./hostile-rig.ts";
import { median } from "./rig.ts";

const [floodSeconds = 10, rounds = 1] = process.argv.slice(2, 4).map(Number);
const only = process.argv[4] ?? "";
const quietMs = 8_000;
const { handshakes: _, floodBanSeconds: __, ...withoutHandshakes } = usualLimits;
const settings = { without: withoutHandshakes, with: usualLimits };
type Setting = keyof typeof settings;

const rig = await startHostileRig();
let attackers = 0;

/** A flood by a client on processor 1. */
async function flood(called: string): Promise<FloodOutcome> {
  attackers++;
  const client = [process.execPath, `${import.meta.dirname}/flood-client.ts`];
  const address = `127.0.${1 + (attackers >> 7)}.${1 + (attackers & 127)}`;
  const words = [called, String(rig.httpsPort), address, name, String(floodSeconds)];
  const { stdout } = await exec("taskset", ["-c", "1", "nice", "-n", "-19", ...client, ...words], {
    timeoutMs: (floodSeconds + 30) * 1000,
  });
  return JSON.parse(stdout) as FloodOutcome;
}

/** A program that does nothing but take all of processor 1: what the attacker's own work does to what is measured. */
const busy = () =>
  exec("taskset", ["-c", "1", process.execPath, "-e", `const t = Date.now(); while (Date.now() - t < ${quietMs});`], {
    timeoutMs: quietMs + 30_000,
  });

interface Round {
  readonly watched: Watched;
  readonly outcome: FloodOutcome;
}

try {
  await rig.whileGood(() => pause(2_000)); // warms up
  const quiet = await rig.whileGood(() => pause(quietMs));
  figure("quiet_good_p99", quiet.p99Ms, "ms", 1);
  figure("quiet_good_worst", quiet.worstMs, "ms", 1);
  figure("quiet_worker_cpu", 100 * quiet.cpuShare, "%");
  report("busy_client", await rig.whileGood(busy), quiet);
  const kinds = [...floods.map((one) => one.name), "handshakes"].filter((kind) => kind.includes(only));
  for (const kind of kinds) {
    const found: Record<Setting, Round[]> = { without: [], with: [] };
    for (let round = 0; round < rounds; round++) {
      for (const setting of ["without", "with"] as const) {
        await rig.limitTo(settings[setting]);
        let outcome: FloodOutcome | undefined;
        const watched = await rig.whileGood(async () => {
          outcome = await flood(kind);
        });
        found[setting].push({ watched, outcome: outcome! });
      }
    }
    const what = kind.replace(/ \(.*/, "").replaceAll(/[^a-z0-9]+/gi, "_");
    for (const [setting, runs] of Object.entries(found)) tell(`flood_${what}_${setting}`, runs, quiet);
  }
  figure("quiet_good_p99_at_the_end", (await rig.whileGood(() => pause(quietMs))).p99Ms, "ms", 1);
} finally {
  await rig.stop();
}

function tell(what: string, runs: readonly Round[], quiet: Watched): void {
  const of = (pick: (one: Round) => number) => median(runs.map(pick));
  const watched: Watched = {
    p99Ms: of((one) => one.watched.p99Ms),
    worstMs: of((one) => one.watched.worstMs),
    growthBytes: of((one) => one.watched.growthBytes),
    cpuShare: of((one) => one.watched.cpuShare),
    queuedShare: of((one) => one.watched.queuedShare),
  };
  report(what, watched, quiet);
  figure(
    `${what}_connections`,
    of(({ outcome }) => outcome.connections),
    "",
  );
  figure(
    `${what}_connections_open`,
    of(({ outcome }) => outcome.open),
    "",
  );
  figure(
    `${what}_connections_ended`,
    of(({ outcome }) => outcome.ended),
    "",
  );
}
