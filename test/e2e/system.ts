// A small installation that runs, made by the commands that a person would type: what tests of faults begin from.
//
//   internet ───┬──────────────┬──────────────┬──
//             edge-1      gateway "home"    client
//      control, edge, relay  ──┬────────
//                            api-1
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Ran } from "../../src/lib/exec.ts";
import type { StatusAnswer } from "../../src/wire/api.ts";
import { startApi } from "../lab/api.ts";
import { createLab, type Host, type Lab, type Lan } from "../lab/lab.ts";
import type { LabProcess } from "../lab/process.ts";
import { waitFor } from "../lab/wait-for.ts";

export const specFile = "/run/root/portway.yaml";
export const publicName = "api.example.com";

/** The file that is in force at the start: one route to the API of api-1. */
export const yaml = `version: 1
network: { name: acme, ipv4: 10.77.0.0/16 }
hosts:
  edge-1: { roles: [edge, relay], endpoint: edge.example.com:51820 }
  api-1: { tags: [api] }
access:
  - { from: [role:edge], to: [tag:api], allow: [tcp/8080] }
services:
  api: { targets: [tag:api], port: 8080, timeouts: { read: 1s } }
routes:
  - { name: api, hosts: [${publicName}], service: api, maxBody: 64KiB }
tls: { selfSigned: true }
`;

/** The same file with one more route. */
export const withRoute = (name: string): string =>
  yaml.replace("tls:", `  - { name: ${name}, hosts: [${publicName}], paths: [/${name}/], service: api }\ntls:`);

export interface System {
  readonly lab: Lab;
  readonly edge: Host;
  readonly api: Host;
  readonly client: Host;
  readonly home: Lan;
  /** The programs of edge-1 and of api-1. */
  readonly up: LabProcess;
  readonly joined: LabProcess;
  /** Runs a command of Portway, however it ends. */
  readonly portway: (host: Host, ...words: string[]) => Promise<Ran>;
  /** Runs one that must succeed and gives what it printed. */
  readonly ok: (host: Host, ...words: string[]) => Promise<string>;
  /** Writes the file on edge-1 and applies it. */
  readonly apply: (text: string) => Promise<void>;
  readonly status: () => Promise<StatusAnswer>;
  /** Status of the client's public request, "000" when there is no answer; `words` are curl's. */
  readonly ask: (path?: string, ...words: string[]) => Promise<string>;
  /** Waits for that status. */
  readonly answers: (path: string, code: string) => Promise<void>;
  /** Waits until a host's tunnels answer. */
  readonly online: (name: string) => Promise<void>;
  /** Makes a token for api-1 and joins with it; the variables are those of its programs. */
  readonly join: (env?: Readonly<Record<string, string>>) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface SystemOptions {
  /** Runs before the first command, such as to give control a disk of its own. */
  readonly prepare?: (edge: Host, api: Host) => Promise<void>;
}

/** Builds it: after this, a public request goes through the tunnel. */
export async function openSystem(options: SystemOptions = {}): Promise<System> {
  const lab = createLab();
  try {
    return await explained(lab, build(lab, options));
  } catch (error) {
    await lab.close();
    throw error;
  }
}

/** What fails is thrown with the end of each log: of a machine that is gone afterwards, that is all there is to read. */
async function explained<T>(lab: Lab, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${lab.logTails(30)}`, { cause: error });
  }
}

async function build(lab: Lab, { prepare }: SystemOptions): Promise<System> {
  const internet = await lab.internet();
  const home = await lab.nat("home", { kind: "easy" });
  const [edge, client, api] = await Promise.all([
    lab.host("edge-1", { on: internet, names: ["edge.example.com", publicName] }),
    lab.host("client", { on: internet }),
    lab.host("api-1", { on: home }),
  ]);
  await Promise.all([startApi(api), edge.writeFile(specFile, yaml)]);
  await prepare?.(edge, api);
  const up = await startUp(edge);
  let joined: LabProcess | undefined;

  const portway = (host: Host, ...words: string[]) =>
    host.run(["portway", ...words], { check: false, timeoutMs: 30_000 });
  const ok = async (host: Host, ...words: string[]) => {
    const ran = await portway(host, ...words);
    assert.equal(ran.code, 0, `portway ${words.join(" ")}: ${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  const status = async () => JSON.parse((await portway(edge, "status", "--json")).stdout) as StatusAnswer;
  const ask = async (path = "/", ...words: string[]) => {
    const curl = ["curl", "-sk", "-m5", "-o", "/dev/null", "-w", "%{http_code}", "--path-as-is"];
    return (await client.run([...curl, ...words, `https://${publicName}${path}`], { check: false })).stdout;
  };
  const system: System = {
    ...{ lab, edge, api, client, home, up, portway, ok, status, ask },
    get joined() {
      return joined!;
    },
    async apply(text) {
      await edge.writeFile(specFile, text);
      await ok(edge, "apply", "--yes");
    },
    async answers(path, code) {
      const answered = async () => (await ask(path)) === code;
      await explained(lab, waitFor(answered, { what: `${code} for ${path}` }));
    },
    async online(name) {
      const isOnline = async () => (await status()).hosts.find((host) => host.name === name)?.online;
      const what = `${name} to be online through its tunnel`;
      await explained(lab, waitFor(isOnline, { what, timeoutMs: 20_000 }));
    },
    async join(env) {
      await api.writeFile("/run/root/token", await ok(edge, "token", "create", "--host", "api-1"), 0o600);
      const words = ["portway", "join", "--token-file", "token", "--foreground"];
      joined = api.start(words, { name: "join", ...(env && { env }) });
      await says(joined, "has joined acme");
    },
    close: () => lab.close(),
  };
  await system.join();
  await system.answers("/", "200");
  return system;
}

/** Starts everything on edge-1, as the first time or as once more. */
async function startUp(edge: Host): Promise<LabProcess> {
  const up = edge.start(["portway", "up", "--foreground"], { name: "up" });
  await says(up, "portway is up");
  return up;
}

/** Waits for a text in a program's output. */
export async function says(program: LabProcess, text: string): Promise<void> {
  const heard = () => {
    if (program.logText().includes(text)) return true;
    if (!program.running()) throw new Error(`it ended: ${program.logText()}`);
    return false;
  };
  await waitFor(heard, { what: `"${text}" from ${program.name}`, timeoutMs: 90_000 });
}

/** Variables that give a program clocks that are off by what that file says (system-clock.ts). */
export const jumpingClock = (path: string): Readonly<Record<string, string>> => ({
  NODE_OPTIONS: `--import ${join(import.meta.dirname, "system-clock.ts")}`,
  CLOCK_FILE: path,
});

/** Processes of a host whose command matches. */
export const pidsOf = (host: Host, command: RegExp): readonly number[] =>
  host
    .processes()
    .filter((one) => command.test(one.command))
    .map(({ pid }) => pid);

/** Sends them a signal; unless told, ends them as a crash does. */
export function kill(host: Host, command: RegExp, signal: NodeJS.Signals = "SIGKILL"): void {
  const pids = pidsOf(host, command);
  assert.notEqual(pids.length, 0, `nothing on ${host.name} matches ${command}`);
  for (const pid of pids) process.kill(pid, signal);
}
