// What one change costs the compiler of control, in this process alone: processor time of a compile, the median of several. One
// "name value unit" line a figure; the size stands at the end of the name.
//   compile_endpoint_ms   one host has another endpoint: its peers are told
//   compile_drain_ms      the same for a host that is drained, and
//   compile_rule_ms       for the ports of one group's rule
//   compile_leave_ms      a host leaves
//   compile_all_ms        everything, from nothing
// Usage: node bench/scale/compile.ts [SIZE…]   (100 300 1000 unless told)

import type { Observed } from "../../src/plan/observed.ts";
import { createCompiler } from "../../src/plan/recompile.ts";
import { parseSpec } from "../../src/spec/parse.ts";
import type { Spec } from "../../src/spec/types.ts";
import { joined } from "../../test/plan/spec.ts";
import { fileOf, hostNames, relays, unchanged } from "./network.ts";

const rounds = 21;

type Situation = readonly [spec: Spec, observed: Observed];

function specOf(size: number, endpoint: number): Spec {
  const { spec, issues } = parseSpec(fileOf(size, { ...unchanged, endpoint }));
  if (spec === undefined) throw new Error(JSON.stringify(issues[0]));
  return spec;
}

/** Milliseconds of processor time of a compile of each situation after that of the other, the median. */
function turns(first: Situation, second: Situation): number {
  const compiler = createCompiler();
  for (const situation of [first, second, first, second, first]) compiler(...situation);
  const times = Array.from({ length: rounds }, (_, round) => {
    const situation = structuredClone(round % 2 === 0 ? second : first);
    const before = process.cpuUsage();
    compiler(...situation);
    return process.cpuUsage(before).user / 1000;
  });
  return times.sort((a, b) => a - b)[rounds >> 1]!;
}

for (const size of process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 300, 1000]) {
  const print = (name: string, ms: number) => console.log(`${name}_ms_${size} ${ms.toFixed(1)} ms`);
  const spec = specOf(size, 1);
  const observed = joined([...relays, ...hostNames(size)]);
  const now: Situation = [spec, observed];
  print("compile_endpoint", turns(now, [specOf(size, 2), observed]));
  print("compile_drain", turns(now, [spec, { ...observed, drains: [{ kind: "host", name: "host-0-1", endMs: 1 }] }]));
  const [all, group, ...rest] = spec.access;
  const opened = { ...group!, allow: [{ protocol: "tcp", ports: { first: 81, last: 81 } }] as const };
  print("compile_rule", turns(now, [{ ...spec, access: [all!, opened, ...rest] }, observed]));
  const { "host-0-1": _, ...stay } = observed.hosts;
  print("compile_leave", turns(now, [spec, { ...observed, hosts: stay }]));
  const before = process.cpuUsage();
  createCompiler()(spec, observed);
  print("compile_all", process.cpuUsage(before).user / 1000);
}
