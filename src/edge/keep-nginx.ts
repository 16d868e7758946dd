// Keeps nginx running with the configuration that control's nginx object asks for; a refused one is tried again now and then.
import { backoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import type { Nginx } from "./nginx-process.ts";

export interface NginxKeeper {
  /** One pass; gives the ms until the next. */
  readonly pass: () => Promise<number>;
  /** Looks whether nginx lives; cheap. */
  readonly look: () => void;
  /** The configuration in force. */
  readonly inForce: () => string | undefined;
  /** That, and the one that is being brought into force. */
  readonly all: () => readonly string[];
  /** Why the wanted configuration is not in force. */
  readonly configError: () => string | undefined;
}

export interface NginxKeeperOptions {
  readonly nginx: Nginx;
  readonly clock: Clock;
  /** The configuration that control asks for; undefined for none: one that runs goes on, so that no push can empty an edge. */
  readonly wanted: () => string | undefined;
  /** nginx was started or has loaded a configuration: what it holds may be older. */
  readonly onNew: () => void;
  /** nginx has died. */
  readonly onDeath: () => void;
  readonly onChange: () => void;
}

const idleMs = 60_000;
const refusedMs = 30_000;
const settledMs = 10_000;

export function nginxKeeper(options: NginxKeeperOptions): NginxKeeper {
  const { nginx, clock, wanted } = options;
  const waits = backoff(200, 10_000);
  let configError: string | undefined;
  let inForce = nginx.loaded();
  let coming: string | undefined;
  let wasRunning = false;
  let startedAt = clock.monotonic();

  function settle(error: string | undefined, wasNew: boolean): void {
    if (wasNew) options.onNew();
    if (error === configError) return;
    configError = error;
    options.onChange();
  }

  async function pass(): Promise<number> {
    const text = wanted();
    coming = text;
    const ran = wasRunning && nginx.isRunning();
    const started = await nginx.ensureRunning(); // with what was in force: a refused change must not keep it down
    if (!ran && nginx.isRunning()) inForce = nginx.loaded(); // another may have started it with the file of a moment before
    const isChange = text !== undefined && text !== inForce;
    const result = isChange ? await nginx.apply(text) : started;
    const isNew = !ran || (isChange && result.ok);
    if (isChange && result.ok) inForce = text;
    coming = undefined;
    wasRunning = nginx.isRunning(); // a death from here on is one that `look` has to tell of
    settle(result.ok ? undefined : result.reason, isNew && wasRunning);
    if (!wasRunning) return waits.next();
    return result.ok ? idleMs : refusedMs;
  }

  return {
    pass,
    look() {
      const isRunning = nginx.isRunning();
      if (!isRunning) startedAt = clock.monotonic();
      if (clock.monotonic() - startedAt > settledMs) waits.reset();
      if (isRunning && !wasRunning) options.onNew();
      if (!isRunning && wasRunning) options.onDeath();
      if (isRunning !== wasRunning) options.onChange();
      wasRunning = isRunning;
    },
    inForce: () => inForce,
    all: () => [inForce, coming].filter((text) => text !== undefined),
    configError: () => configError,
  };
}
