// Who is there and who talks with whom: what compile and plan both begin with.
import type { Spec } from "../spec/types.ts";
import { type AddressPlan, planAddresses } from "./addresses.ts";
import { type Member, membersOf } from "./members.ts";
import { forgetful, type Memory } from "./memory.ts";
import type { Observed } from "./observed.ts";
import { type Topology, topologyOf } from "./topology.ts";

export interface Survey {
  readonly addressPlan: AddressPlan;
  /** All members, by name, joined or not. */
  readonly members: readonly Member[];
  readonly topology: Topology;
}

/** Members that are as a compiler remembers them keep their identity. */
export function survey(spec: Spec, observed: Observed, memory: Memory = forgetful): Survey {
  const addressPlan = planAddresses(spec, observed, memory);
  const members = membersOf(spec, observed, addressPlan.addresses, memory);
  return { addressPlan, members, topology: topologyOf(spec, members, observed.rotation, memory) };
}
