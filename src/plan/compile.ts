// The compiler: from the file and what the registry knows to the desired state of every host. Pure: same input, same
// bytes; plan, apply, tests and the stream all use this one function.
//
//   addresses ─▶ members ─▶ topology (kinds, rosters, relays) ─┬▶ planes, peers, paths, firewall    a host's mesh
//          survey                                              └▶ plugin-table, services            an edge's snapshot
import type { Spec } from "../spec/types.ts";
import type { Compiled } from "./compiled.ts";
import { edgeMaker, meshMaker } from "./host-objects.ts";
import { forgetful, type Memory } from "./memory.ts";
import type { Observed } from "./observed.ts";
import { lastOf, type Steps } from "./steps.ts";
import { type Survey, survey } from "./survey.ts";
import { warningsOf } from "./warnings.ts";

export function compile(spec: Spec, observed: Observed): Compiled {
  return compileSurveyed(spec, observed, survey(spec, observed));
}

/** The same, for who has the survey already, or remembers what was compiled before (recompile.ts). */
export function compileSurveyed(
  spec: Spec,
  observed: Observed,
  surveyed: Survey,
  memory: Memory = forgetful,
): Compiled {
  return lastOf(compileInSteps(spec, observed, surveyed, memory));
}

/** The same with a step for each host. */
export function* compileInSteps(spec: Spec, observed: Observed, surveyed: Survey, memory: Memory): Steps<Compiled> {
  const { addressPlan, topology } = surveyed;
  const scene = { spec, observed, topology, memory };
  const [meshOf, edgeOf] = [meshMaker(scene), edgeMaker(scene)];
  const hosts: [name: string, objects: Compiled["hosts"][string]][] = [];
  for (const member of topology.members) {
    hosts.push([member.name, { mesh: meshOf(member), edge: edgeOf(member) }]);
    yield;
  }
  return {
    addresses: Object.fromEntries(addressPlan.addresses),
    hosts: Object.fromEntries(hosts),
    warnings: warningsOf(spec, addressPlan, topology),
  };
}
