// What the compiler noticed and a person should know; none of it stops a compile.
import { reachedServices } from "../spec/route-services.ts";
import type { Spec } from "../spec/types.ts";
import type { Warning } from "../wire/warnings.ts";
import type { AddressPlan } from "./addresses.ts";
import type { Kind } from "./kinds.ts";
import type { Member } from "./members.ts";
import { own } from "./own.ts";
import { relaysOf } from "./relays.ts";
import { targetsOf } from "./services.ts";
import type { Topology } from "./topology.ts";

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

function keysMissing({ members, kindOf }: Topology): readonly Warning[] {
  return members
    .filter((member) => !kindOf.has(member))
    .map(({ name }) => ({
      code: "keyMissing",
      severity: "critical",
      subject: name,
      text: `${name} has joined without a public key, so no host can be its peer`,
      hint: `let it leave and join again: portway leave, then portway join TOKEN --name ${name} there`,
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

/** Members without an endpoint, of one kind and with the same relays: they can reach the same others. */
interface Alike {
  readonly kind: Kind;
  readonly relays: readonly Member[];
  readonly members: Member[];
}

function pairsWithoutPath(topology: Topology): readonly Warning[] {
  const groups = unreachable(topology);
  const cutOffFrom = (one: Alike) =>
    groups.filter(
      ({ kind, relays }) => one.kind.mates.has(kind) && !relays.some((relay) => one.relays.includes(relay)),
    );
  let ends = 0;
  let first: readonly Member[] | undefined;
  for (const group of groups) {
    const others = cutOffFrom(group).flatMap(({ members }) => members);
    ends += group.members.length * (others.includes(group.members[0]!) ? others.length - 1 : others.length);
    const [a] = group.members;
    const b = others.filter((other) => other !== a).sort(byName)[0];
    if (b && (first === undefined || byName(a!, first[0]!) < 0)) first = [a!, b];
  }
  if (first === undefined) return [];
  const more = ends > 2 ? ` (and ${ends / 2 - 1} more pairs)` : "";
  return [
    {
      code: "pairWithoutPath",
      severity: "warning",
      text: `${first[0]!.name} and ${first[1]!.name} may talk${more} but have no way to each other: neither has an endpoint, and they share no relay`,
      hint: "give one of the hosts an endpoint, or a host with an endpoint the relay role",
    },
  ];
}

const byName = (a: Member, b: Member) => (a.name < b.name ? -1 : 1);

/** A pair of which one end has an endpoint has a path, and so does one with a relay in common. */
function unreachable({ kinds, legs }: Topology): readonly Alike[] {
  const groups = new Map<string, Alike>();
  for (const kind of kinds) {
    for (const member of kind.members) {
      if (member.endpoint) continue;
      const relays = legs.get(member)!.map(({ relay }) => relay);
      const key = [kind.key, ...relays.map(({ name }) => name)].join();
      const known = groups.get(key);
      if (known) known.members.push(member);
      else groups.set(key, { kind, relays, members: [member] });
    }
  }
  return [...groups.values()];
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
          hint: "join one of its hosts: `portway token create --host NAME`, then `portway join TOKEN --name NAME` there",
        },
      ];
    });
  });
}
