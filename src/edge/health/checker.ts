// Asks the targets of services with `health` whether they are well, each at its own pace, and keeps who is not. Desired are
// the services that nginx serves now; a target that stays keeps what is known of it.
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import type { HealthConfig, TargetObject } from "../../wire/edge-service.ts";
import type { TargetDown } from "../../wire/edge-state.ts";
import type { Ask, Door } from "./ask.ts";
import type { CheckedService } from "./checked.ts";
import { afterAnswer, inherited, type Standing, unasked } from "./standing.ts";

export interface HealthChecker {
  /** From now on the targets of these services are asked, and no others; one that did not change is the same value. */
  readonly follow: (services: readonly CheckedService[]) => void;
  /** Targets that must not be used. */
  readonly down: () => readonly TargetDown[];
  readonly close: () => void;
}

export interface HealthCheckerOptions {
  readonly ask: Ask;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to 1. */
  readonly random: () => number;
  /** What a checker before this one found out of a service, when nginx still goes by it: whom it left out, the others are well. */
  readonly known: (service: string) => readonly TargetDown[] | undefined;
  /** A target's checks changed what `down` tells. */
  readonly onChange: () => void;
}

interface Watch {
  readonly service: string;
  readonly target: string;
  readonly door: Door;
  readonly config: HealthConfig;
  readonly end: AbortController;
  standing: Standing;
}

/** New targets are asked within this, not all at once. */
const spreadMs = 1_000;
/** Of the time between two questions, up and down, so that edges and targets do not fall into step. */
const jitter = 0.1;

export function healthChecker(options: HealthCheckerOptions): HealthChecker {
  const { clock, log, random } = options;
  let followed = new Map<string, CheckedService>();
  const watches = new Map<string, ReadonlyMap<string, Watch>>();
  let isFirst = true;
  let isClosed = false;

  function follow(services: readonly CheckedService[]): void {
    if (isClosed) return; // a snapshot that came into force while the edge was ending
    const next = new Map(services.map((service) => [service.name, service]));
    for (const name of followed.keys()) if (!next.has(name)) replace(name, new Map());
    for (const [name, service] of next) {
      if (followed.get(name) !== service) replace(name, watchesOf(service, watches.get(name)));
    }
    followed = next;
    isFirst = false;
  }

  function replace(name: string, next: ReadonlyMap<string, Watch>): void {
    const before = watches.get(name) ?? new Map<string, Watch>();
    for (const watch of before.values()) if (next.get(watch.target) !== watch) watch.end.abort();
    for (const watch of next.values()) if (before.get(watch.target) !== watch) void run(watch);
    if (next.size > 0) watches.set(name, next);
    else watches.delete(name);
  }

  function watchesOf(service: CheckedService, before: ReadonlyMap<string, Watch> | undefined): Map<string, Watch> {
    const next = new Map<string, Watch>();
    if (service.health === undefined) return next;
    for (const target of service.targets) {
      next.set(target.name, watchOf(service, target, service.health, before?.get(target.name)));
    }
    return next;
  }

  function watchOf(
    { name: service, tls }: CheckedService,
    target: TargetObject,
    config: HealthConfig,
    before: Watch | undefined,
  ): Watch {
    const { address, host } = target;
    const port = config.port ?? target.port;
    const door = { address, port, ...(host !== undefined && { host }), ...(tls && { tls }) };
    const isSame = JSON.stringify([before?.door, before?.config]) === JSON.stringify([door, config]);
    if (before !== undefined && isSame) return before;
    const known = isFirst ? options.known(service) : undefined;
    const wasDown = known?.find((one) => one.service === service && one.target === target.name);
    const first = known === undefined ? unasked : inherited(wasDown?.reason);
    const standing = before === undefined ? first : { ...before.standing, against: 0, isOpen: true };
    return { service, target: target.name, door, config, end: new AbortController(), standing };
  }

  async function run(watch: Watch): Promise<void> {
    const { door, config, end } = watch;
    await clock.sleep(random() * Math.min(config.everyMs, spreadMs), end.signal);
    while (!end.signal.aborted) {
      const began = clock.monotonic();
      const problem = await options.ask(door, config, end.signal);
      if (end.signal.aborted) return;
      note(watch, problem);
      const paceMs = config.everyMs * (1 - jitter + 2 * jitter * random());
      await clock.sleep(Math.max(0, began + paceMs - clock.monotonic()), end.signal);
    }
  }

  function note(watch: Watch, problem: string | undefined): void {
    const { service, target, config, standing } = watch;
    watch.standing = afterAnswer(standing, problem, config);
    const { down: reason } = watch.standing;
    if (reason === standing.down) return;
    if (reason === undefined) log.info({ service, target }, "a target is well again");
    else log.warn({ service, target, reason }, "a target fails its check");
    options.onChange();
  }

  function down(): TargetDown[] {
    const found: TargetDown[] = [];
    for (const ofService of watches.values()) {
      for (const { service, target, standing } of ofService.values()) {
        if (standing.down !== undefined) found.push({ service, target, reason: standing.down });
      }
    }
    return found;
  }

  return {
    follow,
    down,
    close() {
      follow([]);
      isClosed = true;
    },
  };
}
