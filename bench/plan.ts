// What a full compile costs: 1,000 hosts with 100 peers each, of which a tenth can be reached, and two relays.
import { compile } from "../src/plan/compile.ts";
import type { HostSpec } from "../src/spec/types.ts";
import { hostOf, joined, ruleOf, specOf, tagged, tcp } from "../test/plan/spec.ts";

const groups = 10;
const hostsInGroup = 100;
const runs = 5;

const hosts: Record<string, HostSpec> = {};
for (const relay of ["relay-1", "relay-2"]) hosts[relay] = hostOf({ roles: ["relay"], tags: ["all"], reachable: true });
for (let group = 0; group < groups; group++) {
  for (let index = 0; index < hostsInGroup; index++) {
    hosts[`host-${group}-${index}`] = hostOf({ tags: ["all", `group-${group}`], reachable: index % 10 === 0 });
  }
}
const tags = Array.from({ length: groups }, (_, group) => tagged(`group-${group}`));
const spec = specOf({
  hosts,
  access: [
    ruleOf(tagged("all"), { kind: "role", name: "relay" }, tcp(443)),
    ...tags.map((tag) => ruleOf(tag, tag, tcp(80))),
  ],
});
const observed = joined(Object.keys(hosts));

const seconds = Array.from({ length: runs }, () => {
  const start = performance.now();
  compile(spec, observed);
  return (performance.now() - start) / 1000;
});
const objects = Object.values(compile(spec, observed).hosts).map(({ mesh }) => Object.keys(mesh).length);
console.log(`plan_compile_objects ${objects.reduce((sum, count) => sum + count, 0)} objects`);
console.log(`plan_compile_1000_hosts_100_peers ${seconds.sort((a, b) => a - b)[runs >> 1]!.toFixed(2)} s`);
