// What an installation at rest takes: private memory of each program of its first host, 20 s after its first request. The edge
// is its own process and nginx with two workers (goal: below 120 MB together).
// Usage: sudo node bench/idle-edge.ts
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openSystem } from "../test/e2e/system.ts";

const settleMs = 20_000;

const privateMb = (pid: number) =>
  ["Private_Clean", "Private_Dirty"]
    .map(
      (name) => new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1],
    )
    .reduce((sum, kb) => sum + Number(kb ?? 0), 0) / 1024;

/** Names of what runs, by what their command lines hold. */
const programs = [
  ["nginx", /^nginx: /],
  ["edge", /\bmain\.ts edge\b/],
  ["agent", /\bmain\.ts agent\b/],
  ["control", /\bmain\.ts control\b/],
  ["wireguard_go", /^wireguard-go /],
] as const;

const system = await openSystem();
try {
  await sleep(settleMs);
  const taken = new Map<string, number>();
  for (const { pid, command } of system.edge.processes()) {
    const name = programs.find(([, pattern]) => pattern.test(command))?.[0];
    if (name !== undefined) taken.set(name, (taken.get(name) ?? 0) + privateMb(pid));
  }
  for (const [name] of programs) console.log(`idle_${name}_private_mb ${(taken.get(name) ?? Number.NaN).toFixed(1)}`);
  const whole = (taken.get("nginx") ?? Number.NaN) + (taken.get("edge") ?? Number.NaN);
  console.log(`idle_edge_with_nginx_private_mb ${whole.toFixed(1)}`);
} finally {
  await system.close();
}
