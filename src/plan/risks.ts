// What a change may break, told before it is made.
import { servicesOf } from "../spec/route-services.ts";
import type { RouteSpec } from "../spec/route-types.ts";
import type { Spec } from "../spec/types.ts";
import { heldRemovals } from "../wire/guard.ts";
import type { Warning } from "../wire/warnings.ts";
import type { Side } from "./changes.ts";
import { sharedNames } from "./listeners.ts";
import type { Member } from "./members.ts";
import type { Observed } from "./observed.ts";
import { own } from "./own.ts";
import { peerNames } from "./peers.ts";
import { authenticationPlugins } from "./plugin-table.ts";

/** Risks of going from one side to the other. `observed` is what the registry knows after it. */
export function risksOf(before: Side | null, after: Side, observed: Observed): readonly Warning[] {
  return [
    ...(before ? rangeRisks(before, after) : []),
    ...(before ? changedMembers(before, after).flatMap((member) => hostRisks(member, before, after, observed)) : []),
    ...after.spec.routes.filter((route) => opensUp(route, before)).map(openRoute),
  ];
}

/** nginx.conf of this edge changes with the plan. */
export function reloadRisk(edge: string, { edge: { tuning } }: Pick<Spec, "edge">): Warning {
  return {
    code: "edgeReload",
    severity: "info",
    subject: edge,
    text: `nginx on ${edge} reloads: open connections live on, in the workers of before`,
    hint:
      tuning.shutdownTimeoutMs === undefined
        ? ""
        : "long WebSocket connections end when the old workers' shutdown timeout is over",
  };
}

/** HTTPS's port of this edge goes to the second nginx, or comes back. */
export function handOverRisk(edge: string, before: Spec, after: Spec): Warning[] {
  const [was, is] = [before, after].map((spec) => sharedNames(spec).length > 0);
  if (was === is || !before.edge.https || !after.edge.https) return [];
  const way = is ? "goes to the nginx of listeners, which hands on what is HTTPS's" : "comes back to HTTP's nginx";
  return [
    {
      code: "portHandOver",
      severity: "info",
      subject: edge,
      text: `port ${after.edge.https.port} of ${edge} ${way}; open connections end by themselves, new ones are taken all the while`,
      hint: "where net.ipv4.tcp_migrate_req is not 1 (Linux 5.14), those not yet accepted at that moment may be reset",
    },
  ];
}

function rangeRisks(before: Side, after: Side): Warning[] {
  const [was, is] = [before.spec.network, after.spec.network];
  if (was.ipv4 === is.ipv4 && was.ipv6 === is.ipv6) return [];
  return [
    {
      code: "networkRangeChange",
      severity: "critical",
      text: "every host gets another address, and connections inside the network end",
      hint: "plan an interruption, and look for the old addresses in configuration outside Portway",
    },
  ];
}

function hostRisks(member: Member, before: Side, after: Side, observed: Observed): Warning[] {
  const next = after.survey.topology.members.find(({ name }) => name === member.name);
  if (!next) return [removed(member)];
  const current = peerNames(member, before.survey.topology);
  const remaining = peerNames(next, after.survey.topology);
  const held = heldRemovals({ current, next: remaining, released: observed.released, revision: 1, confirmedAt: 0 });
  const isSameRange = before.spec.network.ipv4 === after.spec.network.ipv4;
  return [
    ...(isSameRange && member.ipv4 !== next.ipv4 ? [addressChange(member, next)] : []),
    ...(current.size > 0 && remaining.size === 0 ? [isolated(member)] : []),
    ...(held ? [removalsHeld(member, held.peers.length, held.of)] : []),
  ];
}

function removed({ name }: Member): Warning {
  return {
    code: "hostRemoved",
    severity: "warning",
    subject: name,
    text: `${name} leaves the network: its credential is refused and its peers drop it`,
    hint: "to come back it needs a token and joins anew",
  };
}

function addressChange({ name, ipv4 }: Member, next: Member): Warning {
  return {
    code: "addressChange",
    severity: "warning",
    subject: name,
    text: `${name} moves from ${ipv4} to ${next.ipv4}: its connections inside the network end`,
    hint: "look for the old address in configuration outside Portway",
  };
}

function isolated({ name }: Member): Warning {
  return {
    code: "hostIsolated",
    severity: "critical",
    subject: name,
    text: `${name} loses every peer: no access rule joins it with another host`,
    hint: "remove it from the file if that is meant, or add an access rule",
  };
}

function removalsHeld({ name }: Member, peers: number, of: number): Warning {
  return {
    code: "removalsHeld",
    severity: "warning",
    subject: name,
    text: `${name} loses ${peers} of ${of} peers, so it keeps them until a person confirms`,
    hint: `after apply: portway hosts confirm-removals ${name}`,
  };
}

/** Its services are open to all now, and were not before. */
function opensUp(route: RouteSpec, before: Side | null): boolean {
  const isOpen = (one: RouteSpec) =>
    servicesOf(one).length > 0 && authenticationPlugins.every((name) => one.plugins[name] === undefined);
  const old = before?.spec.routes.find(({ name }) => name === route.name);
  return isOpen(route) && !(old && isOpen(old));
}

function openRoute({ name }: RouteSpec): Warning {
  return {
    code: "routeWithoutAuthentication",
    severity: "info",
    subject: name,
    text: `route ${name} asks nobody who they are`,
    hint: "add jwt to its use: or policies: unless it is meant for everyone",
  };
}

/** Those of before whose mesh is not the very same after. */
function changedMembers(before: Side, after: Side): readonly Member[] {
  const meshOf = ({ compiled }: Side, name: string) => own(compiled.hosts, name)?.mesh;
  return before.survey.topology.members.filter(({ name }) => meshOf(before, name) !== meshOf(after, name));
}
