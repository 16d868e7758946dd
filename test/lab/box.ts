// One machine of a lab: network, mount and host name namespaces that live as long as a process runs in them. It sees the
// real machine's programs and files; what it writes under /etc, /var/lib, /var/log and /run is its own.
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { CommandFailed, exec, type Ran, start } from "../../src/lib/exec.ts";
import { patience } from "./patience.ts";
import { type ProcessInfo, processesUnder } from "./proc.ts";
import { type LabProcess, startProcess } from "./process.ts";

export interface RunInBox {
  /** Killed after this long; 10 s unless told. */
  readonly timeoutMs?: number;
  /** Added to the box's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on standard input. */
  readonly input?: string;
  /** In the box's view; its home unless told. */
  readonly cwd?: string;
  /** Throw unless it ends with 0; true unless told. */
  readonly check?: boolean;
}

export interface Box {
  readonly name: string;
  /** The process that keeps the namespaces. */
  readonly pid: number;
  /** Words to put before a command to run it in the box, also from a person's shell. */
  readonly enter: readonly string[];
  /** Runs a command to its end. */
  readonly run: (words: readonly string[], options?: RunInBox) => Promise<Ran>;
  /** Starts a process that goes on; `name` names its log. */
  readonly start: (
    words: readonly string[],
    options?: Pick<RunInBox, "env" | "cwd"> & { readonly name?: string },
  ) => LabProcess;
  readonly readFile: (path: string) => Promise<string>;
  /** Makes parents; mode 0644 unless told. */
  readonly writeFile: (path: string, text: string, mode?: number) => Promise<void>;
  /** Everything that runs in the box, whoever started it. */
  readonly processes: () => ProcessInfo[];
  /** Runs lines of `ip -batch` in the box's network. */
  readonly ip: (lines: readonly string[]) => Promise<void>;
  /** Adds lines to the box's /etc/hosts. */
  readonly addNames: (lines: readonly string[]) => void;
}

const root = resolve(import.meta.dirname, "../..");

// $1: the box's folder, $2: its name, $3: "router" if it forwards packets. /run is first: that mount marks the processes.
// Where the lab's folder cannot hold the layers of an overlay (it is on one itself), memory does.
const setUp = `
set -eu
umask 022
mkdir -p "$1/layers" "$1/run/root" "$1/run/lock"
mount --no-mtab --bind "$1/run" /run
mount -t sysfs sysfs /sys
layer() {
  mkdir -p "$1$2/upper" "$1$2/work" &&
  mount -t overlay overlay -o "lowerdir=$2,upperdir=$1$2/upper,workdir=$1$2/work" "$2"
}
layer "$1/layers" /etc 2>/dev/null || { mount -t tmpfs tmpfs "$1/layers"; layer "$1/layers" /etc; }
layer "$1/layers" /var/lib
layer "$1/layers" /var/log
rm -f /etc/hosts /etc/resolv.conf
cat "$1/hosts" >/etc/hosts
echo "options timeout:1 attempts:1" >/etc/resolv.conf
echo "$2" | tee /etc/hostname >/proc/sys/kernel/hostname
if [ "$3" = router ]; then
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
fi
ip link set lo up
cd "$HOME"
echo ready
exec sleep infinity >/dev/null 2>&1
`;

export interface BoxOptions {
  /** The lab's folder. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Lines for /etc/hosts. */
  readonly names: readonly string[];
  readonly router: boolean;
}

/** Makes a box without a network but its own loopback. */
export async function openBox(name: string, options: BoxOptions): Promise<Box> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) throw new Error(`${name}: a box is named by a DNS label`);
  const folder = join(options.folder, "boxes", name);
  const logs = join(folder, "logs");
  mkdirSync(folder); // fails for a name that the lab has already
  mkdirSync(logs);
  writeFileSync(join(folder, "hosts"), hostsFile(name, options.names));
  const env = { ...environment(), ...options.env };
  const pid = await hold(name, folder, env, options.router);
  const enter = ["nsenter", "-t", `${pid}`, "-m", "-n", "-u", "--wd", "--"];
  const run = async (words: readonly string[], how: RunInBox = {}) => {
    const entered = [...enter, ...inFolder(how.cwd), ...words];
    const ran = await exec(entered[0]!, entered.slice(1), {
      env: { ...env, ...how.env },
      timeoutMs: (how.timeoutMs ?? 10_000) * patience,
      ...(how.input !== undefined && { input: how.input }),
    });
    if (ran.code !== 0 && how.check !== false) throw new CommandFailed(name, words, ran);
    return ran;
  };
  return {
    name,
    pid,
    enter,
    run,
    start: (words, how = {}) => {
      const logPath = freeLogPath(logs, how.name ?? basename(words[0]!));
      return startProcess(name, [...enter, ...inFolder(how.cwd), ...words], logPath, { ...env, ...how.env });
    },
    readFile: async (path) => (await run(["cat", path])).stdout,
    writeFile: async (path, text, mode = 0o644) => {
      const write = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
      await run(["sh", "-c", write, "sh", path, mode.toString(8)], { input: text });
    },
    processes: () => processesUnder(folder).filter((one) => one.pid !== pid),
    ip: async (lines) => {
      await run(["ip", "-batch", "-"], { input: lines.join("\n") });
    },
    addNames: (lines) => appendFileSync(`/proc/${pid}/root/etc/hosts`, lines.map((line) => `${line}\n`).join("")),
  };
}

/** Starts the process that keeps the namespaces and waits until it has made the box's mounts. */
async function hold(name: string, folder: string, env: NodeJS.ProcessEnv, router: boolean): Promise<number> {
  const words = ["--mount", "--net", "--uts", "sh", "-c", setUp, "sh", folder, name, router ? "router" : "host"];
  const holder = start("unshare", words, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [holder.stdout!, holder.stderr!])
    stream.setEncoding("utf8").on("data", (text) => (said += text));
  await new Promise<void>((resolve, reject) => {
    holder.once("error", reject);
    holder.once("exit", (code) => reject(new Error(`box ${name} ended (${code}) while it was made: ${said}`)));
    holder.stdout!.on("data", () => said.endsWith("ready\n") && resolve());
  });
  for (const stream of [holder.stdout!, holder.stderr!]) stream.destroy();
  holder.unref();
  return holder.pid!;
}

/** As after a login on a fresh machine, with the project's programs on the path. */
function environment(): NodeJS.ProcessEnv {
  const path = [
    join(root, "bin"),
    join(root, "node_modules/.bin"),
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  ];
  return {
    PATH: path.join(":"),
    HOME: "/run/root",
    LANG: "C.UTF-8",
    TERM: process.env["TERM"] ?? "dumb",
    USER: "root",
    ...(process.env["NODE_COMPILE_CACHE"] !== undefined && { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] }),
  };
}

function hostsFile(name: string, names: readonly string[]): string {
  return ["127.0.0.1 localhost", "::1 localhost ip6-localhost", `127.0.1.1 ${name}`, ...names, ""].join("\n");
}

function inFolder(cwd: string | undefined): string[] {
  return cwd === undefined ? [] : ["env", "-C", cwd];
}

/** NAME.log, or NAME-2.log and so on when the name ran before. */
function freeLogPath(folder: string, name: string): string {
  for (let turn = 1; ; turn++) {
    const path = join(folder, turn === 1 ? `${name}.log` : `${name}-${turn}.log`);
    if (!existsSync(path)) return path;
  }
}
