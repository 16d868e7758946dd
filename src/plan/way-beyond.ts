// The way of a packet from a host to an address that is no host's: the rule, the host that leads there, the way to that one, and
// what its firewall passes on.
import { parsePrefix, parsePrefixOrAddress, prefixCovers, smallestAround } from "../net/prefix.ts";
import { type Opening, openingText, ruleText } from "../spec/access-answer.ts";
import { type BeyondAnswer, beyondAnswer } from "../spec/access-beyond.ts";
import type { Spec } from "../spec/types.ts";
import type { CanStep } from "../wire/can.ts";
import { type MeshState, meshFromObjects } from "../wire/mesh.ts";
import type { OwnNetwork } from "../wire/networks.ts";
import { allows } from "./allowances.ts";
import type { Compiled } from "./compiled.ts";
import type { Member } from "./members.ts";
import { meshOf, stepsBetween, upToEnd } from "./way.ts";

export interface AskedBeyond extends Opening {
  readonly from: Member;
  /** Canonical. */
  readonly address: string;
  readonly members: readonly Member[];
  /** What the first host says of each network: by whom its packets go. */
  readonly through?: (network: string) => string | undefined;
  /** And by which plane they go to that one. */
  readonly inUse?: (host: string) => string | undefined;
  /** Networks that it has of its own, as it said last. */
  readonly ownNetworks?: readonly OwnNetwork[];
  /** Where a rule stands in the file, by its index: `the rule on line 11`. */
  readonly placeOf?: (rule: number) => string;
}

/** Each place on the way, up to the first that lets nothing on. */
export const wayBeyond = (spec: Spec, compiled: Compiled, asked: AskedBeyond): readonly CanStep[] =>
  upToEnd(stepsOf(spec, compiled, asked));

function* stepsOf({ access }: Spec, compiled: Compiled, asked: AskedBeyond): Generator<CanStep> {
  const { from, address, members } = asked;
  const answer = beyondAnswer(access, from, address, asked);
  const alone = aloneTo(compiled, asked, answer);
  if (alone !== undefined) {
    yield { host: from.name, layer: "route", ok: true, text: `${alone}, without the network` };
    return;
  }
  yield ruleStep(access, asked, answer);
  const network = networkBeyond(compiled, from, address, answer);
  const name = network && (asked.through?.(network.prefix) ?? network.routers[0]);
  const to = members.find((one) => one.name === name);
  if (network === undefined || to === undefined) {
    yield { host: from.name, layer: "route", ok: false, text: `no host that it can use leads to ${address}` };
    return;
  }
  const others = network.routers.filter((one) => one !== to.name);
  const rest = others.length > 0 ? `; besides: ${others.join(", ")}` : "";
  yield { host: from.name, layer: "route", ok: true, text: `${network.prefix} through ${to.name}${rest}` };
  const { inUse: planeTo, ...opening } = asked;
  const inUse = planeTo?.(to.name);
  const isExit = answer.by === "exit";
  const between = { ...opening, to, ...(inUse !== undefined && { inUse }) };
  yield* stepsBetween(compiled, between, ({ via }) => !isExit || via === undefined);
  yield firewallStep(asked, to, meshFromObjects(meshOf(compiled, to.name)), isExit);
}

/** Why the host's packets to the address need nobody else; undefined: they do. */
export function aloneTo(
  compiled: Compiled,
  { from, address, ownNetworks = [] }: Pick<AskedBeyond, "from" | "address" | "ownNetworks">,
  answer: Pick<BeyondAnswer, "by">,
): string | undefined {
  if (answer.by === "itself") return `routes ${address} itself`;
  const target = parsePrefixOrAddress(address)!;
  const network = networkBeyond(compiled, from, address, answer);
  // Its own routes come before those through others, but for longer ones.
  const least = network === undefined || network.isInternet ? 0 : parsePrefix(network.prefix)!.length;
  const own = ownNetworks.find(({ prefix: text }) => {
    const prefix = parsePrefix(text)!;
    return prefix.length >= least && prefixCovers(prefix, target);
  });
  return own && `has ${own.prefix} of its own (${own.link})`;
}

function ruleStep(access: Spec["access"], asked: AskedBeyond, { rule, nearest, by }: BeyondAnswer): CanStep {
  const { from, address } = asked;
  const named = (index: number) => `${asked.placeOf?.(index) ?? `access[${index}]`}, ${ruleText(access[index]!)}`;
  if (rule !== undefined) return { host: from.name, layer: "rule", ok: true, text: named(rule) };
  const near = nearest ? `; nearest is ${named(nearest.rule)}, for other ports` : "";
  const none = by === "nobody" && from.tunnel === undefined ? ", and it goes through no exit" : "";
  const text = `no rule allows ${openingText(asked)} to ${address}${near}${none}`;
  return { host: from.name, layer: "rule", ok: false, text };
}

export interface Network {
  readonly prefix: string;
  readonly routers: readonly string[];
  readonly isInternet: boolean;
}

/** The smallest network that the address is in, of those that hosts lead to for this one; where none does, the internet. */
export function networkBeyond(
  compiled: Compiled,
  from: Pick<Member, "name">,
  address: string,
  { by }: Pick<BeyondAnswer, "by">,
): Network | undefined {
  const mesh = meshFromObjects(meshOf(compiled, from.name));
  const behind = by === "exit" ? undefined : networkBehind(mesh, address);
  const { tunnel } = mesh ?? {};
  if (behind !== undefined || tunnel === undefined) return behind;
  if (address.includes(":")) return { prefix: "::/0", routers: tunnel.exits6, isInternet: true };
  return { prefix: "0.0.0.0/0", routers: tunnel.exits, isInternet: true };
}

function networkBehind(mesh: MeshState | undefined, address: string): Network | undefined {
  const own = (mesh?.subnets ?? []).filter((subnet) => subnet.own);
  const subnet = smallestAround(own, address);
  return subnet && { prefix: subnet.prefix, routers: subnet.routers, isInternet: false };
}

function firewallStep(asked: AskedBeyond, to: Member, mesh: MeshState | undefined, isExit: boolean): CanStep {
  const { from, address, protocol, port } = asked;
  const target = parsePrefixOrAddress(address)!;
  const onward = mesh?.onward.find(({ host }) => host === from.name)?.to ?? [];
  const lists = isExit
    ? [mesh?.outward.find(({ host }) => host === from.name)?.allow ?? []]
    : onward.filter(({ prefix }) => prefixCovers(parsePrefix(prefix)!, target)).map(({ allow }) => allow);
  const ok = lists.some((allow) => allows(allow, protocol, port));
  const what = `${openingText(asked)} to ${address}`;
  const text = ok ? `passes on ${what}, and answers to it` : `drops ${what} from ${from.name}`;
  return { host: to.name, layer: "firewall", ok, text };
}
