// Control with many hosts: real control and SQLite, simulated agents over the real stream (agents.ts). One "name value unit"
// line a figure, for each size; the size stands at the end of the name.
//   join_ms                    the last hosts, one after the other, median
//   connected_s                until every agent has its whole state
//   apply_p50_s, _p99_s        a change for every host: from the call until the agent has it, over agents and rounds
//   apply_one_p50_s, _p99_s    an endpoint's change: the same, over the agents that it concerns
//   apply_woken, apply_one_woken   agents that it woke, a round
//   apply_control_cpu_s, apply_agents_cpu_s   processor time of a round, of control and of all agents; the same for _one
//   apply_others_cores         what everything else on the machine took meanwhile, of its cores
//   control_private_mb         private memory with all connected
//   control_idle_percent       of a core, with every agent's status each 10 s
//   restart_s, restart_wholes  control ended and started again: until all know that they hold what they should, and states that
//                              were sent anew
//   restart_connected_s        of it: until all are connected
//   restart_ready_s, restart_end_s   of it: until control answers; before it: until control had ended
//   restart_control_cpu_s, _agents_cpu_s   processor time of that
// At the end apply_growth_exponent and the like: 1 is in proportion to the hosts; the straight line that fits all sizes best.
// Usage: node bench/scale/main.ts [SIZE…]   (100 300 1000 unless told; 3000 takes some ten minutes)
//   CONTROL_NODE_OPTIONS: for control alone, such as --cpu-prof
//   SCALE_FOLDER: where networks are kept and found again, since to join a thousand hosts takes minutes; without join_ms then
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { demand } from "../../src/control/harness.ts";
import { start } from "../../src/lib/exec.ts";
import { readJsonIfAny } from "../../src/lib/files.ts";
import type { Identity } from "../../src/lib/identity.ts";
import type { ApplyAnswer, SpecDocument } from "../../src/wire/api.ts";
import { freePort } from "../../test/lab/free-port.ts";
import { waitFor } from "../../test/lab/wait-for.ts";
import { quantile } from "../rig.ts";
import { joinAll } from "./join.ts";
import { type Change, fileOf, hostNames, relays, unchanged } from "./network.ts";
import { machineMs, privateMb, processorMs } from "./process.ts";

interface Heard {
  readonly name: string;
  readonly revision: number;
  readonly kind: string;
  readonly atMs: number;
}

type Print = (name: string, figure: number, unit: string) => void;

const agentProcesses = 4;
const rounds = 5;
const timedJoins = 20;
const joinsAtOnce = 4;
const patienceMs = 120_000;
const idleMs = 20_000;
const quietMs = 3_000;
const launcher = resolve(import.meta.dirname, "../../bin/portway");
const nowMs = () => performance.timeOrigin + performance.now();
const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

async function measure(size: number): Promise<ReadonlyMap<string, number>> {
  const figures = new Map<string, number>();
  const print: Print = (name, figure, unit) => {
    figures.set(name, figure);
    console.log(`${name}_${size} ${figure.toFixed(3)} ${unit}`);
  };
  const { SCALE_FOLDER: keptIn } = process.env;
  const folder = keptIn === undefined ? mkdtempSync(join(tmpdir(), "portway-scale-")) : join(keptIn, `${size}`);
  mkdirSync(folder, { recursive: true });
  const identitiesFile = join(folder, "identities.json");
  const known = readJsonIfAny(identitiesFile) as readonly Identity[] | undefined;
  const [stateDir, runDir] = [join(folder, "state"), join(folder, "run")];
  const url = known?.[0]?.controlUrls[0] ?? `https://127.0.0.1:${await freePort()}`;
  const { CONTROL_NODE_OPTIONS: options = "" } = process.env;
  const env = { ...process.env, PORTWAY_STATE_DIR: stateDir, PORTWAY_RUN_DIR: runDir, NODE_OPTIONS: options };
  // What a person waits for is measured; a busy machine is no reason to end.
  const local = { socketPath: join(runDir, "control.sock"), timeoutMs: patienceMs };
  const startControl = async () => {
    const address = ["--listen", new URL(url).host, "--advertise", url, "--metrics", "off"];
    const words = ["control", ...address, "--log-level", "error"];
    const child = start(launcher, words, { env, stdio: ["ignore", "inherit", "inherit"] });
    const answers = () =>
      demand(local, "authority")
        .then(() => true)
        .catch(() => false);
    await waitFor(answers, { what: "control", timeoutMs: 60_000, intervalMs: 50 });
    return child;
  };
  let control = await startControl();
  const agents: ReturnType<typeof start>[] = [];
  try {
    let change: Change = unchanged;
    const apply = async (next: Partial<Change>) => {
      change = { ...change, ...next };
      const { revision } = await demand<SpecDocument>(local, "specGet");
      const body = { text: fileOf(size, change), expectedRevision: revision };
      return demand<ApplyAnswer>(local, "specApply", { body });
    };
    const joined = async () => {
      await apply({ open: false });
      const names = [...relays, ...hostNames(size)];
      const { identities: first } = await joinAll(local, url, names.slice(0, -timedJoins), joinsAtOnce);
      await apply({ open: true });
      const { identities: last, times } = await joinAll(local, url, names.slice(-timedJoins));
      print("join_ms", quantile(times, 0.5), "ms");
      return [...first, ...last];
    };
    const identities = known ?? (await joined());
    if (known) await apply({ open: true });
    else if (keptIn !== undefined) writeFileSync(identitiesFile, JSON.stringify(identities), { mode: 0o600 });

    const heard: Heard[] = [];
    const latest = new Map<string, number>();
    const begun = nowMs();
    for (let part = 0; part < agentProcesses; part++) {
      const file = join(folder, `identities-${part}.json`);
      writeFileSync(file, JSON.stringify(identities.filter((_, index) => index % agentProcesses === part)), {
        mode: 0o600,
      });
      const words = ["--disable-warning=ExperimentalWarning", resolve(import.meta.dirname, "agents.ts"), file];
      const child = start(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
      createInterface({ input: child.stdout! }).on("line", (line) => {
        const [name = "", revision, kind = "", atMs] = line.split(" ");
        heard.push({ name, revision: Number(revision), kind, atMs: Number(atMs) });
        if (kind === "snapshot" || kind === "delta") latest.set(name, Number(revision));
      });
      agents.push(child);
    }
    await waitFor(() => latest.size === size, { what: "every agent's state", timeoutMs: 300_000 });
    print("connected_s", (nowMs() - begun) / 1000, "s");

    /** Times from the call until each agent that it concerns has the change: until none has been told for a while. */
    const applied = async (next: Partial<Change>) => {
      const [calledAt, from] = [nowMs(), heard.length];
      await apply(next);
      const told = () => heard.slice(from).filter(({ kind }) => kind === "delta");
      const isOver = () => told().length > 0 && nowMs() - told().at(-1)!.atMs > quietMs;
      await waitFor(isOver, { what: "agents that are told", timeoutMs: patienceMs, intervalMs: 100 });
      return told().map(({ atMs }) => (atMs - calledAt) / 1000);
    };
    const spent = () => {
      const [ofControl, ofAgents] = [processorMs(control.pid!), sum(agents.map(({ pid }) => processorMs(pid!)))];
      return { ofControl, ofAgents, ofOthers: machineMs() - ofControl - ofAgents - processorMs(process.pid) };
    };
    for (const [name, next] of [
      ["apply", (round: number) => ({ port: 9000 + round })],
      ["apply_one", (round: number) => ({ endpoint: 10 + round })],
    ] as const) {
      const [before, since, times] = [spent(), nowMs(), [] as number[]];
      for (let round = 0; round < rounds; round++) times.push(...(await applied(next(round))));
      const after = spent();
      print(`${name}_p50_s`, quantile(times, 0.5), "s");
      print(`${name}_p99_s`, quantile(times, 0.99), "s");
      print(`${name}_woken`, times.length / rounds, "agents");
      print(`${name}_control_cpu_s`, (after.ofControl - before.ofControl) / 1000 / rounds, "s");
      print(`${name}_agents_cpu_s`, (after.ofAgents - before.ofAgents) / 1000 / rounds, "s");
      print(`${name}_others_cores`, (after.ofOthers - before.ofOthers) / (nowMs() - since), "cores");
    }
    await idle(control.pid!, print);

    const lostAt = heard.length;
    const [endedAt, agentsBefore] = [nowMs(), spent().ofAgents];
    control.kill("SIGTERM");
    await new Promise((done) => control.once("exit", done));
    print("restart_end_s", (nowMs() - endedAt) / 1000, "s");
    const restartedAt = nowMs();
    control = await startControl();
    print("restart_ready_s", (nowMs() - restartedAt) / 1000, "s");
    const heardOf = (kind: string) => {
      const ofKind = heard.slice(lostAt).filter((one) => one.kind === kind);
      return new Set(ofKind.map(({ name }) => name));
    };
    const untilAll = async (what: string, ...kinds: readonly string[]) => {
      const areAll = () => new Set(kinds.flatMap((kind) => [...heardOf(kind)])).size === size;
      await waitFor(areAll, { what, timeoutMs: patienceMs, intervalMs: 20 });
    };
    await untilAll("every agent connected", "connected");
    print("restart_connected_s", (nowMs() - restartedAt) / 1000, "s");
    await untilAll("every agent back", "hello", "snapshot");
    print("restart_s", (nowMs() - restartedAt) / 1000, "s");
    print("restart_wholes", heardOf("snapshot").size, "states");
    print("restart_control_cpu_s", processorMs(control.pid!) / 1000, "s");
    print("restart_agents_cpu_s", (spent().ofAgents - agentsBefore) / 1000, "s");
    return figures;
  } finally {
    for (const child of [...agents, control]) child.kill("SIGTERM");
    await Promise.all(
      [...agents, control].map((child) => child.exitCode ?? new Promise((done) => child.once("exit", done))),
    );
    if (keptIn === undefined) rmSync(folder, { recursive: true });
  }
}

/** What control holds and does while nothing happens but statuses. */
async function idle(pid: number, print: Print): Promise<void> {
  await new Promise((done) => setTimeout(done, 10_000)); // what the last change left is collected
  const before = processorMs(pid);
  await new Promise((done) => setTimeout(done, idleMs));
  print("control_idle_percent", (100 * (processorMs(pid) - before)) / idleMs, "percent");
  print("control_private_mb", privateMb(pid), "MB");
}

const sizes = process.argv.slice(2).map(Number);
const results: (readonly [size: number, figures: ReadonlyMap<string, number>])[] = [];
console.log(`machine_cores ${availableParallelism()} cores`);
for (const size of sizes.length > 0 ? sizes : [100, 300, 1000]) results.push([size, await measure(size)]);
const growing = [
  "apply_p99_s",
  "apply_control_cpu_s",
  "apply_one_p99_s",
  "apply_one_control_cpu_s",
  "control_private_mb",
  "control_idle_percent",
  "restart_s",
];
for (const name of results.length < 2 ? [] : growing) {
  const exponent = slope(results.map(([size, figures]) => [Math.log(size), Math.log(figures.get(name)!)]));
  const shortName = name.replace(/_(p99_s|s|mb|percent)$/, "");
  console.log(
    `${shortName}_growth_exponent ${exponent.toFixed(2)} (${results.map(([size]) => size).join(", ")} hosts)`,
  );
}

/** Of the straight line through the points with the least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const [meanX, meanY] = [0, 1].map((at) => sum(points.map((point) => point[at]!)) / points.length) as [number, number];
  const above = sum(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  return above / sum(points.map(([x]) => (x - meanX) ** 2));
}
