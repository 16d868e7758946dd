// Who is there and who talks with whom: what compile and plan both begin with.
import type { Spec } from "../spec/types.ts";
import { type AddressPlan, planAddresses } from "./addresses.ts";
import { type Member, membersOf } from "./members.ts";
import type { Observed } from "./observed.ts";
import { type Topology, topologyOf } from "./topology.ts";

export interface Survey {
  readonly addressPlan: AddressPlan;
  /** All members, by name, joined or not. */
  readonly members: readonly Member[];
  readonly topology: Topology;
}

/** `known` may give back a member of before that is the same (recompile.ts). */
export function survey(spec: Spec, observed: Observed, known = (member: Member): Member => member): Survey {
  const addressPlan = planAddresses(spec, observed);
  const members = membersOf(spec, observed, addressPlan.addresses).map(known);
  return { addressPlan, members, topology: topologyOf(spec, members, observed.rotation) };
}
