// Keeps programs running by systemd: units from packaging/ with this build's own path in them, users, owners of files.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { change, type Exec, exec } from "../lib/exec.ts";
import { readFileIfAny, writeFileAtomic } from "../lib/files.ts";
import { edgeSettings, isUsual, takeBack } from "../lib/kernel-settings.ts";
import { type Paths, pathsFrom } from "../lib/paths.ts";
import { AppError } from "../wire/errors.ts";
import type { Context } from "./context.ts";
import type { Keeper } from "./keeper.ts";
import type { Program, ProgramName } from "./supervise.ts";

/** Which unit files each program needs; the ones that are started come last, in order. */
const unitsOf: Readonly<Record<ProgramName, readonly string[]>> = {
  control: [
    ...["portway-control.socket", "portway-control-local.socket", "portway-control-metrics.socket"],
    "portway-control.service",
  ],
  agent: ["portway-agent.service"],
  edge: [
    ...["portway-nginx.service", "portway-stream.service", "portway-nginx.path", "portway-stream.path"],
    "portway-edge.service",
  ],
};
/** Started by other units when their time has come, so neither enabled nor started. */
const startedByOthers: readonly string[] = ["portway-nginx.service", "portway-stream.service"];

const source = resolve(import.meta.dirname, "../..");
const accountsFile = join(source, "packaging/sysusers.d/portway.conf");
const packagedLauncher = "/usr/bin/portway";
/** Folders that the units' sandbox hides. */
const hidden = ["/home/", "/root/", "/tmp/", "/var/tmp/", "/run/user/"];

export interface SystemdParts {
  readonly exec: Exec;
  /** Gets the words of each command before it runs. */
  readonly announce: (command: string) => void;
  /** Where /etc is; `/` but for tests. */
  readonly root: string;
  /** The program that units start. */
  readonly launcher: string;
}

export const systemdRuns = (root = "/"): boolean => existsSync(join(root, "run/systemd/system"));

/** This machine's systemd and this build; each command is shown before it runs. */
export const systemdParts = ({ note, colour }: Pick<Context, "note" | "colour">): SystemdParts => ({
  exec,
  announce: (command) => note(colour.dim(`  ${command}`)),
  root: "/",
  launcher: join(source, "bin/portway"),
});

/** Throws a usage error where units could not run this build, or not on these files. */
export function openSystemd(paths: Paths, parts: SystemdParts): Keeper {
  demandPlaces(paths, parts.launcher);
  let prepared = false;
  const prepare = async () => {
    if (!prepared) await installAccounts(parts);
    prepared = true;
  };
  return {
    kind: "systemd",
    async keep(program) {
      await prepare();
      if (program.name === "edge") await installSettings(parts);
      await startUnits(parts, program);
      return { firstEnd: new Promise(() => {}) }; // systemd starts it again; waiting ends by time
    },
    handOver: async () => {
      await prepare();
      await settleOwners(parts);
    },
    stay: async () => "stopped",
    abandon: async () => {},
  };
}

/** Whether any of Portway's units is installed. */
export const unitsInstalled = (root = "/"): boolean =>
  Object.values(unitsOf).some((units) => units.some((unit) => existsSync(unitPath(root, unit))));

/** Whether units keep the programs of these files; those of an installation in other places are never theirs. */
export const keptByUnits = (paths: Paths, root = "/"): boolean => inUsualPlaces(paths) && unitsInstalled(root);

/** Stops every unit, so that nothing starts again, now or at boot. */
export async function stopUnits(parts: SystemdParts): Promise<void> {
  const installed = Object.values(unitsOf)
    .flat()
    .filter((unit) => existsSync(unitPath(parts.root, unit)));
  if (installed.length > 0) await run(parts, "systemctl", "disable", "--now", ...installed.toReversed());
}

/** Removes what `keep` installed but the accounts (their names are the answer): a file that is kept needs its owner. */
export async function removeUnits(parts: SystemdParts): Promise<readonly string[]> {
  const settings = readFileIfAny(settingsPath(parts.root));
  for (const setting of edgeSettings) if (settings?.includes(setting.path)) takeBack(setting, parts.root);
  const files = [
    ...Object.values(unitsOf)
      .flat()
      .map((unit) => unitPath(parts.root, unit)),
    tmpfilesPath(parts.root),
    settingsPath(parts.root),
    environmentPath(parts.root),
  ];
  for (const file of files) rmSync(file, { force: true });
  for (const folder of ["var/cache/portway", "run/portway-host", "run/portway-edge"])
    rmSync(join(parts.root, folder), { recursive: true, force: true });
  await run(parts, "systemctl", "daemon-reload");
  return [...readFileSync(accountsFile, "utf8").matchAll(/^[ug]\s+(\S+)/gm)].map(([, name]) => name!);
}

async function startUnits(parts: SystemdParts, { name, words }: Program): Promise<void> {
  const units = unitsOf[name];
  const options = optionsOf(words);
  const changed = units.filter((unit) => install(unitPath(parts.root, unit), unitText(parts, unit, options)));
  const environment = options["--advertise"] === undefined ? "" : `PORTWAY_ADVERTISE=${options["--advertise"]}\n`;
  const configured = name === "control" && install(environmentPath(parts.root), environment);
  const own = units.filter((unit) => !startedByOthers.includes(unit));
  if (changed.length === 0 && !configured) return void (await run(parts, "systemctl", "enable", "--now", ...own));
  await run(parts, "systemctl", "daemon-reload");
  await run(parts, "systemctl", "enable", ...own);
  await run(parts, "systemctl", "restart", ...own); // what ran before still runs as it was written then
}

/** `--listen X --advertise Y` as units hold them: in the socket's unit, and in the environment. */
function optionsOf(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(words.flatMap((word, at) => (word.startsWith("--") ? [[word, words[at + 1] ?? ""]] : [])));
}

function unitText({ launcher }: SystemdParts, unit: string, options: Readonly<Record<string, string>>): string {
  const text = packaged(`systemd/${unit}`).replaceAll(packagedLauncher, launcher);
  const listen = options["--listen"];
  return unit === "portway-control.socket" && listen
    ? text.replace(/^ListenStream=.*$/m, `ListenStream=${listen}`)
    : text;
}

async function installAccounts(parts: SystemdParts): Promise<void> {
  await run(parts, "systemd-sysusers", accountsFile);
  install(tmpfilesPath(parts.root), packaged("tmpfiles.d/portway.conf"));
  await settleOwners(parts);
}

/** Without lines for settings that somebody had changed before Portway came: what is not ours is not taken back. */
async function installSettings(parts: SystemdParts): Promise<void> {
  const path = settingsPath(parts.root);
  const ours = readFileIfAny(path) ?? "";
  const others = edgeSettings.filter((one) => !ours.includes(one.path) && !isUsual(one, parts.root));
  const lines = packaged("tmpfiles.d/portway-edge.conf").split("\n");
  const isTheirs = (line: string) => others.some((one) => line.includes(` ${one.path} `));
  install(path, lines.filter((line) => !isTheirs(line)).join("\n"));
  await run(parts, "systemd-tmpfiles", "--create", path);
}

const settleOwners = (parts: SystemdParts) => run(parts, "systemd-tmpfiles", "--create", tmpfilesPath(parts.root));

/** Writes a file unless it has that text; true when it did. */
function install(path: string, text: string): boolean {
  if (readFileIfAny(path) === text) return false;
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileAtomic(path, text, 0o644);
  return true;
}

/** The units name these places, and no others. */
const usual = pathsFrom({}, {});
const inUsualPlaces = ({ stateDir, runDir }: Paths) =>
  resolve(stateDir) === usual.stateDir && resolve(runDir) === usual.runDir;

function demandPlaces(paths: Paths, launcher: string): void {
  const foreground = "or stay in the foreground: --foreground";
  const folder = hidden.find((one) => launcher.startsWith(one));
  if (folder !== undefined) {
    throw new AppError("usage", `services cannot run programs from ${folder.slice(0, -1)}, where this Portway is`, {
      hint: `move it to /opt/portway, ${foreground}`,
    });
  }
  if (!inUsualPlaces(paths)) {
    throw new AppError("usage", `services keep their files in ${usual.stateDir} and ${usual.runDir}`, {
      hint: `leave --state-dir and --run-dir out, ${foreground}`,
    });
  }
}

/** Units that stop may take the 40 s of nginx, and systemd on a busy machine as long again. */
const unitsMs = 180_000;

const run = (parts: SystemdParts, file: string, ...args: string[]) =>
  change(parts.exec, parts.announce, file, args, { timeoutMs: unitsMs });

const packaged = (name: string) => readFileSync(join(source, "packaging", name), "utf8");
const unitPath = (root: string, unit: string) => join(root, "etc/systemd/system", unit);
const tmpfilesPath = (root: string) => join(root, "etc/tmpfiles.d/portway.conf");
const settingsPath = (root: string) => join(root, "etc/tmpfiles.d/portway-edge.conf");
const environmentPath = (root: string) => join(root, "etc/portway/control.env");
