// Reads what `portway tune network` tells of, writes its one file and the running kernel's settings, and takes both back.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Exec } from "../../lib/exec.ts";
import { writeFileAtomic } from "../../lib/files.ts";
import { type Knob, knobsOf, type LinkFacts, ownedAfter, type TuneFacts } from "./knobs.ts";
import { type Owned, ownedPath, ownedText, parseOwned, pathOf } from "./owned-file.ts";

export interface TunedMachine {
  readonly knobs: () => Promise<readonly Knob[]>;
  /** Makes the changes; what was made. */
  readonly apply: () => Promise<readonly Knob[]>;
  /** Takes them back, except where somebody else has changed the value since; what was taken back. */
  readonly revert: () => readonly Owned[];
}

/** `root` is / except in tests; `announce` gets each change before it is made. */
export function openTunedMachine(exec: Exec, announce: (change: string) => void, root = "/"): TunedMachine {
  const at = (path: string) => join(root, path);
  const read = (path: string) => readIfAny(at(path));
  const held = () => parseOwned(read(ownedPath) ?? "");
  const set = (name: string, value: string) => {
    announce(`sysctl -w ${name}=${value}`);
    writeFileSync(at(pathOf(name)), `${value}\n`);
  };
  const knobs = async () => knobsOf(await readFacts(exec, root));
  return {
    knobs,
    async apply() {
      const found = await knobs();
      const changes = found.filter(({ state }) => state === "change");
      if (changes.length === 0) return [];
      announce(`write ${ownedPath}`);
      mkdirSync(dirname(at(ownedPath)), { recursive: true });
      writeFileAtomic(at(ownedPath), ownedText(ownedAfter(found, held())), 0o644);
      for (const { name, new: value } of changes) set(name, value!);
      return changes;
    },
    revert() {
      const undone = held().filter(({ name, value }) => read(pathOf(name)) === value);
      for (const { name, was } of undone) set(name, was);
      if (existsSync(at(ownedPath))) announce(`remove ${ownedPath}`);
      rmSync(at(ownedPath), { force: true });
      return undone;
    },
  };
}

async function readFacts(exec: Exec, root: string): Promise<TuneFacts> {
  const read = (path: string) => readIfAny(join(root, path));
  const setting = (name: string) => [name, read(pathOf(name))] as const;
  const settings = [setting("net.core.rmem_default"), setting("net.netfilter.nf_conntrack_count")];
  const names = globSync("sys/class/net/*/device", { cwd: root }).map((path) => basename(dirname(path)));
  const governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(read("/proc/cpuinfo") ?? "")?.[1] ?? "";
  return {
    settings: Object.fromEntries(settings.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    links: await Promise.all(names.sort().map((name) => linkFacts(exec, root, name))),
    ...(governor !== undefined && { governor }),
    cpuFlags: flags.split(" "),
    cores: availableParallelism(),
    wireguardCpus: wireguardCpus(root),
  };
}

async function linkFacts(exec: Exec, root: string, name: string): Promise<LinkFacts> {
  const queues = globSync(`sys/class/net/${name}/queues/rx-*/rps_cpus`, { cwd: root }).sort();
  const features = await exec("ethtool", ["-k", name]);
  const gro = /^rx-udp-gro-forwarding: (on|off)/m.exec(features.stdout)?.[1];
  return {
    name,
    rpsMasks: queues.flatMap((path) => readIfAny(join(root, path)) ?? []),
    ...(gro !== undefined && { udpGroForwarding: gro }),
  };
}

function wireguardCpus(root: string): readonly string[] {
  return globSync("proc/[0-9]*/comm", { cwd: root }).flatMap((path) => {
    if (readIfAny(join(root, path)) !== "wireguard-go") return [];
    const status = readIfAny(join(root, dirname(path), "status")) ?? "";
    return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? [];
  });
}

function readIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined; // this machine does not have it
  }
}
