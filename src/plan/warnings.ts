// What the compiler noticed and a person should know; none of it stops a compile.
import { reachedServices } from "../spec/route-services.ts";
import type { Spec } from "../spec/types.ts";
import type { Warning } from "../wire/warnings.ts";
import type { AddressPlan } from "./addresses.ts";
import type { Member } from "./members.ts";
import { own } from "./own.ts";
import { pathsBetween } from "./paths.ts";
import { canGoDirect } from "./peers.ts";
import { relaysOf } from "./relays.ts";
import { targetsOf } from "./services.ts";
import { othersOf, type Topology } from "./topology.ts";

export function warningsOf(spec: Spec, plan: AddressPlan, topology: Topology): readonly Warning[] {
  return [
    ...plan.refused.map(addressTaken),
    ...plan.homeless.map((name) => rangeFull(name, spec.network.ipv4)),
    ...keysMissing(topology),
    ...relaysUnusable(topology),
    ...pairsWithoutPath(topology),
    ...servicesWithoutTarget(spec, topology),
  ];
}

function addressTaken(name: string): Warning {
  return {
    code: "addressTaken",
    severity: "critical",
    subject: name,
    text: `the address that the file gives ${name} belongs to another host, so ${name} has a derived one`,
    hint: "choose another address, or remove the host that has it",
  };
}

function rangeFull(name: string, range: string): Warning {
  return {
    code: "rangeFull",
    severity: "critical",
    subject: name,
    text: `${range} has no address left for ${name}, so it is not in the network`,
    hint: "give the network a larger range (network.ipv4)",
  };
}

function keysMissing({ members, pairs }: Topology): readonly Warning[] {
  return members
    .filter((member) => !pairs.has(member))
    .map(({ name }) => ({
      code: "keyMissing",
      severity: "critical",
      subject: name,
      text: `${name} has joined without a public key, so no host can be its peer`,
      hint: `let it leave and join again: portway leave, then portway join TOKEN on ${name}`,
    }));
}

function relaysUnusable({ members }: Topology): readonly Warning[] {
  return members
    .filter((member) => member.roles.includes("relay") && relaysOf([member]).length === 0)
    .map(({ name, endpoint }) => ({
      code: "relayUnusable",
      severity: "warning",
      subject: name,
      text: `${name} has the relay role but ${endpoint ? "no key for its relay plane" : "no endpoint"}, so it relays for nobody`,
      hint: endpoint ? `let ${name} leave and join again` : `give ${name} an endpoint that others can reach`,
    }));
}

function pairsWithoutPath(topology: Topology): readonly Warning[] {
  const cutOff = topology.members.flatMap((a) =>
    othersOf(topology, a)
      .filter((b) => a.name < b.name && !isJoined(a, b, topology))
      .map((b) => `${a.name} and ${b.name}`),
  );
  if (cutOff.length === 0) return [];
  const more = cutOff.length > 1 ? ` (and ${cutOff.length - 1} more pairs)` : "";
  return [
    {
      code: "pairWithoutPath",
      severity: "warning",
      text: `${cutOff[0]} may talk${more} but have no way to each other: neither has an endpoint, and they share no relay`,
      hint: "give one of the hosts an endpoint, or a host with an endpoint the relay role",
    },
  ];
}

/** Whether some path carries packets; most pairs show it without a list of their paths. */
function isJoined(a: Member, b: Member, topology: Topology): boolean {
  return canGoDirect(a, b) || pathsBetween(a, b, topology).some(({ probesOnly }) => !probesOnly);
}

function servicesWithoutTarget(spec: Spec, topology: Topology): readonly Warning[] {
  const edges = topology.members.filter((member) => member.roles.includes("edge"));
  const names = [...new Set(spec.routes.flatMap(reachedServices))].sort();
  return names.flatMap((name) => {
    const service = own(spec.services, name);
    if (!service) return [];
    return edges.flatMap((edge): Warning[] => {
      const { reachable, blocked } = targetsOf(service, edge, topology);
      if (blocked.length > 0) {
        return [
          {
            code: "targetBlocked",
            severity: "warning",
            subject: name,
            part: edge.name,
            text: `no access rule lets ${edge.name} reach ${blocked.join(", ")} on tcp/${service.port}: service ${name} leaves ${blocked.length > 1 ? "them" : "it"} out`,
            hint: `add an access rule from host:${edge.name} that allows tcp/${service.port}, or narrow the service's targets`,
          },
        ];
      }
      if (reachable.length > 0 || service.resolve) return [];
      return [
        {
          code: "serviceWithoutTarget",
          severity: "warning",
          subject: name,
          part: edge.name,
          text: `service ${name} has no target that ${edge.name} can use: none of its hosts has joined`,
          hint: "join one of its hosts: portway token create, then portway join TOKEN there",
        },
      ];
    });
  });
}
