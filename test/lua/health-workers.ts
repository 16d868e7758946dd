// Workers of one nginx in LuaJIT, and what they make of the health of targets: a script of what happens, and who gets requests.
import type { ServiceObject } from "../../src/wire/edge-service.ts";
import type { HealthPost } from "../../src/wire/edge-state.ts";
import { type LuaCall, runLua } from "./run-lua.ts";

const call = (name: string, ...args: readonly unknown[]): LuaCall => ({ module: "health-workers", name, args });

/** Targets `a`, `b`, `c`, … of the service `app`. */
export function appWith(targets: string, changes: Partial<ServiceObject> = {}): ServiceObject {
  return {
    name: "app",
    targets: targets.split(" ").map((name, index) => ({ name, address: `192.0.2.${index + 1}`, port: 80 })),
    balance: "roundRobin",
    ejection: { errors: 3, cooldownMs: 10_000 },
    retries: 1,
    timeouts: { connectMs: 1000, sendMs: 1000, readMs: 1000 },
    ...changes,
  };
}

/** What may happen, and what can be asked, of workers counted from 1. */
export const worker = {
  start: (workers: number, service: ServiceObject) => call("start", workers, service),
  change: (service: ServiceObject) => call("change", service),
  replace: (worker: number) => call("replace", worker),
  fail: (worker: number, target: string) => call("fail", worker, target),
  answer: (worker: number, target: string, status = 200) => call("answer", worker, target, status),
  /** Says which targets are down and far, for half a minute unless told; answers why that is not taken, or false. */
  post: (worker: number, down: Readonly<Record<string, string>>, leaseMs = 30_000, far: readonly string[] = []) => {
    const post: HealthPost = {
      leaseMs,
      down: Object.entries(down).map(([target, reason]) => ({ service: "app", target, reason })),
      ...(far.length > 0 && { far: far.map((target) => ({ service: "app", target })) }),
    };
    return call("post", worker, post);
  },
  /** A tick after so long. */
  pass: (ms = 50) => call("pass", ms),
  /** Answers who gets its requests. */
  pool: (worker: number) => call("pool", worker),
  /** Answers who is left out, and why. */
  out: (worker: number) => call("out", worker),
};

/** Plays a script; the answers of what was asked, in order. */
export function play(...script: readonly LuaCall[]): unknown[] {
  return runLua(script).flatMap(([answer]) => (answer === undefined || answer === null ? [] : [answer]));
}

/** The same several times. */
export const times = (count: number, happening: LuaCall): LuaCall[] => Array.from({ length: count }, () => happening);
