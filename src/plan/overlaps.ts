// Ranges of a file against the networks that hosts have of their own, as they told them last. Pure.
import type { Spec } from "../spec/types.ts";
import { type OwnNetwork, overlapWarnings } from "../wire/networks.ts";
import type { Warning } from "../wire/warnings.ts";
import { prefixesBeyond } from "./subnets.ts";
import type { Survey } from "./survey.ts";
import { othersOf } from "./topology.ts";

/** All that is in the way, host by host. */
export function overlapRisks(
  { network }: Pick<Spec, "network">,
  { topology }: Pick<Survey, "topology">,
  networksOf: (host: string) => readonly OwnNetwork[],
): readonly Warning[] {
  return topology.members.flatMap((member) => {
    const networks = networksOf(member.name);
    if (networks.length === 0) return [];
    const behind = othersOf(topology, member).flatMap((router) => prefixesBeyond(topology, router, member));
    const told = overlapWarnings(member.name, [network.ipv4, network.ipv6], [...new Set(behind)], networks);
    return told.map(({ subject = "", ...warning }) => ({ ...warning, subject: member.name, part: subject }));
  });
}
