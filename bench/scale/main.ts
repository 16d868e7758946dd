// Control with many hosts: real control and SQLite, simulated agents over the real stream (agents.ts). One "name value unit"
// line a figure, for each size; the size stands at the end of the name.
//   join_ms                    one host after the other, median
//   connected_s                until every agent has its whole state
//   apply_all_p50_s, _p99_s    a change for every host: from the call until the agent has it, over agents and rounds
//   apply_one_p50_s, _p99_s    an endpoint's change: the same, over the agents that it concerns
//   apply_one_woken            agents that it woke, a round
//   control_private_mb         private memory with all connected
//   control_idle_percent       of a core, with every agent's status each 10 s
//   restart_s, restart_wholes  control ended and started again: until all are back, and states that were sent anew
// Usage: node bench/scale/main.ts [SIZE…]   (100 300 1000 unless told)
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { demand, planeKey } from "../../src/control/harness.ts";
import { start } from "../../src/lib/exec.ts";
import type { Door } from "../../src/lib/http.ts";
import type { Identity } from "../../src/lib/identity.ts";
import { generateHostIdentity } from "../../src/lib/x509.ts";
import type { ApplyAnswer, AuthorityAnswer, JoinAnswer, SpecDocument, TokenCreated } from "../../src/wire/api.ts";
import { capability } from "../../src/wire/capability.ts";
import { decodeToken } from "../../src/wire/token.ts";
import { freePort } from "../../test/e2e/gateway-nginx.ts";
import { waitFor } from "../../test/lab/wait-for.ts";
import { type Change, fileOf, hostNames, relays, unchanged } from "./network.ts";

interface Heard {
  readonly name: string;
  readonly revision: number;
  readonly kind: string;
  readonly atMs: number;
}

const agentProcesses = 4;
const rounds = 5;
const idleMs = 20_000;
const quietMs = 3_000;
const launcher = resolve(import.meta.dirname, "../../bin/portway");
const nowMs = () => performance.timeOrigin + performance.now();
const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
const median = (values: readonly number[]) =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  )!;

async function measure(size: number): Promise<ReadonlyMap<string, number>> {
  const figures = new Map<string, number>();
  const print = (name: string, figure: number, unit: string) => {
    figures.set(name, figure);
    console.log(`${name}_${size} ${figure.toFixed(3)} ${unit}`);
  };
  const folder = mkdtempSync(join(tmpdir(), "portway-scale-"));
  const [stateDir, runDir, port] = [join(folder, "state"), join(folder, "run"), await freePort()];
  const url = `https://127.0.0.1:${port}`;
  const env = { ...process.env, PORTWAY_STATE_DIR: stateDir, PORTWAY_RUN_DIR: runDir };
  const local: Door = { socketPath: join(runDir, "control.sock") };
  const startControl = async () => {
    const words = ["control", "--listen", `127.0.0.1:${port}`, "--advertise", url, "--log-level", "error"];
    const child = start(launcher, words, { env, stdio: ["ignore", "inherit", "inherit"] });
    const answers = () =>
      demand(local, "status")
        .then(() => true)
        .catch(() => false);
    await waitFor(answers, { what: "control", timeoutMs: 60_000 });
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
    await apply({});
    const identities = await joinAll(local, url, size, (ms) => print("join_ms", ms, "ms"));

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
      await waitFor(isOver, { what: "agents that are told", timeoutMs: 120_000, intervalMs: 100 });
      return told().map(({ atMs }) => (atMs - calledAt) / 1000);
    };
    for (const [name, next] of [
      ["apply_all", (round: number) => ({ port: 9000 + round })],
      ["apply_one", (round: number) => ({ endpoint: 10 + round })],
    ] as const) {
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) times.push(...(await applied(next(round))));
      times.sort((a, b) => a - b);
      print(`${name}_p50_s`, quantile(times, 0.5)!, "s");
      print(`${name}_p99_s`, quantile(times, 0.99)!, "s");
      print(`${name}_woken`, times.length / rounds, "agents");
    }
    await idle(control.pid!, print);

    const lostAt = heard.length;
    control.kill("SIGTERM");
    await new Promise((done) => control.once("exit", done));
    const restartedAt = nowMs();
    control = await startControl();
    const back = () =>
      new Set(
        heard
          .slice(lostAt)
          .filter(({ kind }) => kind === "connected")
          .map(({ name }) => name),
      ).size;
    await waitFor(() => back() === size, { what: "every agent back", timeoutMs: 120_000, intervalMs: 20 });
    print("restart_s", (nowMs() - restartedAt) / 1000, "s");
    print("restart_wholes", heard.slice(lostAt).filter(({ kind }) => kind === "snapshot").length, "states");
    return figures;
  } finally {
    for (const child of [...agents, control]) child.kill("SIGTERM");
    await Promise.all(
      [...agents, control].map((child) => child.exitCode ?? new Promise((done) => child.once("exit", done))),
    );
    rmSync(folder, { recursive: true });
  }
}

async function joinAll(local: Door, url: string, size: number, onTime: (ms: number) => void): Promise<Identity[]> {
  const { certificate: caPem } = await demand<AuthorityAnswer>(local, "authority");
  const stranger: Door = { url, ca: caPem };
  const times: number[] = [];
  const identities: Identity[] = [];
  for (const name of [...relays, ...hostNames(size)]) {
    const { privateKeyPem: keyPem, csrPem: csr } = await generateHostIdentity();
    const { token } = await demand<TokenCreated>(local, "tokenCreate", { body: { kind: "join" } });
    const { secret } = decodeToken(token);
    const keys = ["pw0", "pwr", "pwr1", "pwr2", "pwr3"].map((plane) => ({
      plane,
      generation: 1,
      publicKey: planeKey(name, plane),
    }));
    const begun = performance.now();
    const body = { secret, name, csr, keys, capability };
    const answer = await demand<JoinAnswer>(stranger, "join", { body });
    times.push(performance.now() - begun);
    identities.push({
      name,
      network: answer.network,
      controlUrls: [url],
      caPem,
      certificatePem: answer.certificate,
      keyPem,
    });
  }
  onTime(median(times));
  return identities;
}

/** What control holds and does while nothing happens but statuses. */
async function idle(pid: number, print: (name: string, figure: number, unit: string) => void): Promise<void> {
  await new Promise((done) => setTimeout(done, 10_000)); // what the last change left is collected
  const before = processorMs(pid);
  await new Promise((done) => setTimeout(done, idleMs));
  print("control_idle_percent", (100 * (processorMs(pid) - before)) / idleMs, "percent");
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].map(([, text]) => Number(text));
  print("control_private_mb", kilobytes.reduce((sum, one) => sum + one, 0) / 1024, "MB");
}

/** Of all threads (proc(5)); a tick is 10 ms. */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

const sizes = process.argv.slice(2).map(Number);
const results: (readonly [size: number, figures: ReadonlyMap<string, number>])[] = [];
for (const size of sizes.length > 0 ? sizes : [100, 300, 1000]) results.push([size, await measure(size)]);
const [first, last] = [results[0]!, results.at(-1)!];
for (const name of ["apply_all_p99_s", "apply_one_p99_s", "control_private_mb"]) {
  if (first === last) continue;
  const exponent = Math.log(last[1].get(name)! / first[1].get(name)!) / Math.log(last[0] / first[0]);
  console.log(
    `${name.replace(/_(s|mb)$/, "")}_growth_exponent ${exponent.toFixed(2)} (of ${first[0]} to ${last[0]} hosts)`,
  );
}
