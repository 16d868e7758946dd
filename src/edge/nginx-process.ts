// nginx as a process of its own: it outlives the edge process, which adopts it again by its pid file. A configuration is
// tested before it comes into force, and the old one stays when nginx will not have it.
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { type Exec, shellWords } from "../lib/exec.ts";
import { readFileIfAny, readJsonIfAny, writeFileAtomic } from "../lib/files.ts";
import type { Log } from "../lib/log.ts";
import { lacksOnlyTheRightToBind, logSince, logSize, refusalIn } from "./nginx-errors.ts";
import { type FoundNginx, findNginx, isMaster, signal } from "./nginx-found.ts";

export interface NginxOptions {
  /** Folder of nginx.conf; its parent folders are closed to others. */
  readonly folder: string;
  readonly pidFile: string;
  readonly errorLog: string;
  /** Removed before a start: a killed nginx leaves them. */
  readonly sockets: readonly string[];
  /** `external`: a service manager starts and restarts nginx, here are only files and signals. */
  readonly mode: "spawn" | "external";
  /** nginx's program; found by PATH and in /usr/sbin unless absolute. */
  readonly program: string;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly log: Log;
}

export type Applied = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export interface Nginx {
  /** Brings a configuration into force, starting nginx if need be; on a refusal what was in force stays so. */
  readonly apply: (text: string) => Promise<Applied>;
  /** Starts nginx with the configuration in force; ok when it runs, is another's to start, or has no configuration yet. */
  readonly ensureRunning: () => Promise<Applied>;
  /** The configuration that what runs has loaded, also for an edge before this one; undefined when that is not known. */
  readonly loaded: () => string | undefined;
  /** Cheap enough to ask several times a second. */
  readonly isRunning: () => boolean;
  readonly found: () => FoundNginx;
  /** What runs writes its logs anew under their names. */
  readonly reopenLogs: () => void;
  /** Lets requests end for `graceMs`, then ends the rest. */
  readonly stop: (graceMs: number) => Promise<void>;
}

const pollMs = 20;
const startMs = 10_000;
const orphanMs = 3_000;

const taken: Applied = { ok: true };

export function nginxProcess(options: NginxOptions): Nginx {
  const { folder, pidFile, errorLog, exec, clock, log } = options;
  const confFile = join(folder, "nginx.conf");
  const candidateFile = join(folder, "nginx.conf.candidate");
  const appliedFile = join(folder, "nginx.applied.json");
  const environment = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  let knownMaster: number | undefined;

  const found = () => findNginx(pidFile, confFile);

  function isRunning(): boolean {
    if (knownMaster !== undefined && isMaster(knownMaster, confFile)) return true;
    knownMaster = found().master;
    return knownMaster !== undefined;
  }

  async function run(args: readonly string[]) {
    const words = [...args, "-p", folder, "-e", errorLog];
    log.info({ command: shellWords([options.program, ...words]) }, "running nginx");
    return exec(options.program, words, { timeoutMs: 30_000, env: environment });
  }

  function send(pid: number, name: NodeJS.Signals): boolean {
    log.info({ command: `kill -${name.slice(3)} ${pid}` }, "signalling nginx");
    return signal(pid, name);
  }

  /** Polls until the answer is defined or the time is over. */
  async function until<T>(ms: number, answer: () => T | undefined): Promise<T | undefined> {
    const deadline = clock.monotonic() + ms;
    for (;;) {
      const value = answer();
      if (value !== undefined || clock.monotonic() >= deadline) return value;
      await clock.sleep(pollMs);
    }
  }

  async function tested(text: string): Promise<Applied> {
    writeFileAtomic(candidateFile, text, 0o640);
    const ran = await run(["-t", "-q", "-c", candidateFile]);
    if (ran.code === 0 || (options.mode === "external" && lacksOnlyTheRightToBind(ran.stderr))) return taken;
    const reason = refusalIn(ran.stderr) ?? (ran.stderr.trim() || `nginx -t ended with ${ran.code}`);
    return { ok: false, reason: reason.replaceAll(candidateFile, "nginx.conf") };
  }

  /** Which text which master has loaded: a reload that was cut short by a crash is made again. */
  const marker = (text: string, master: number | undefined) => ({
    sha256: createHash("sha256").update(text).digest("hex"),
    master,
  });

  function isInForce(text: string): boolean {
    const applied = JSON.stringify(readJsonIfAny(appliedFile));
    return readFileIfAny(confFile) === text && applied === JSON.stringify(marker(text, found().master));
  }

  function markInForce(text: string): Applied {
    writeFileAtomic(appliedFile, JSON.stringify(marker(text, found().master)), 0o640);
    return taken;
  }

  async function apply(text: string): Promise<Applied> {
    if (isRunning() && isInForce(text)) return taken;
    const test = await tested(text);
    if (!test.ok) return test;
    const before = readFileIfAny(confFile);
    writeFileAtomic(confFile, text, 0o640);
    rmSync(candidateFile, { force: true });
    const result = isRunning() ? await reload() : await ensureRunning();
    if (result.ok) return markInForce(text);
    if (before !== undefined && before !== text) {
      writeFileAtomic(confFile, before, 0o640);
      if (!isRunning()) await ensureRunning();
    }
    return result;
  }

  async function reload(): Promise<Applied> {
    const { master, workers } = found();
    const logFrom = logSize(errorLog);
    if (master === undefined || !send(master, "SIGHUP")) return { ok: false, reason: "nginx ended before its reload" };
    const result = await until<Applied>(startMs, () => {
      const now = found();
      if (now.master === undefined) return { ok: false, reason: "nginx ended during its reload" };
      if (now.workers.some((pid) => !workers.includes(pid)) && !now.workers.some((pid) => workers.includes(pid)))
        return taken;
      const reason = refusalIn(logSince(errorLog, logFrom));
      return reason === undefined ? undefined : { ok: false, reason };
    });
    return result ?? { ok: false, reason: `no new workers ${startMs / 1000} s after a reload` };
  }

  async function ensureRunning(): Promise<Applied> {
    if (isRunning() || options.mode === "external") return taken;
    const text = readFileIfAny(confFile);
    if (text === undefined) return taken; // control has not asked for one yet
    await dismissOrphans();
    for (const socket of options.sockets) rmSync(socket, { force: true });
    const before = found().recorded;
    const ran = await run(["-c", confFile]);
    if (ran.code !== 0) return { ok: false, reason: refusalIn(ran.stderr) ?? ran.stderr.trim() };
    const result = await until<Applied>(startMs, () => {
      const { recorded, master, workers } = found();
      if (master !== undefined && workers.length > 0) return taken;
      return recorded !== before && master === undefined
        ? { ok: false, reason: "nginx ended as it started" }
        : undefined;
    });
    if (result?.ok) return markInForce(text);
    return result ?? { ok: false, reason: `nginx has no workers ${startMs / 1000} s after its start` };
  }

  /** Workers whose master was killed go on listening: they finish what they have, and free the ports at once. */
  async function dismissOrphans(): Promise<void> {
    const told = new Set<number>();
    const gone = await until(orphanMs, () => {
      const { workers } = found();
      for (const pid of workers) if (!told.has(pid)) send(pid, "SIGQUIT");
      for (const pid of workers) told.add(pid);
      return workers.length === 0 ? true : undefined;
    });
    if (gone === undefined) for (const pid of found().workers) send(pid, "SIGKILL");
  }

  function reopenLogs(): void {
    const { master } = found();
    if (master !== undefined) send(master, "SIGUSR1");
  }

  async function stop(graceMs: number): Promise<void> {
    const { master } = found();
    if (master === undefined || !send(master, "SIGQUIT")) return;
    const isGone = () => (isMaster(master, confFile) ? undefined : true);
    if (await until(graceMs, isGone)) return;
    send(master, "SIGTERM");
    if (await until(orphanMs, isGone)) return;
    const { workers, leaving } = found();
    for (const pid of [master, ...workers, ...leaving]) send(pid, "SIGKILL");
  }

  function loaded(): string | undefined {
    const text = readFileIfAny(confFile);
    return text !== undefined && isRunning() && isInForce(text) ? text : undefined;
  }

  return { apply, ensureRunning, loaded, isRunning, found, reopenLogs, stop };
}
