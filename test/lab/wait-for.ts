// Waiting for a condition instead of for a time.
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { patience } from "./patience.ts";

export interface WaitOptions {
  /** What is waited for, as it completes "waited 5000 ms for …". */
  readonly what: string;
  /** 30 s unless told: a bound for machines that are slow or busy, never what a test asserts. */
  readonly timeoutMs?: number;
  /** Pause between two looks; 25 ms unless told. */
  readonly intervalMs?: number;
}

/** The first truthy result of `condition`; what it throws counts as "not yet", and the last of it is in the error. */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions): Promise<NonNullable<T>> {
  const timeoutMs = (options.timeoutMs ?? 30_000) * patience;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let seen: unknown;
    try {
      const result = await condition();
      if (result) return result as NonNullable<T>;
      seen = inspect(result);
    } catch (error) {
      seen = error instanceof Error ? error.message : inspect(error);
    }
    if (performance.now() >= deadline)
      throw new Error(`waited ${timeoutMs} ms for ${options.what}; last seen: ${seen}`);
    await sleep(options.intervalMs ?? 25);
  }
}
