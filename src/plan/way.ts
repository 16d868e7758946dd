// The way of a packet from one host to another through all that is compiled for them: the rule, the route and plane at its
// beginning, the relay between, the firewall at its end.
import { accessAnswer, type Opening, openingText, ruleText } from "../spec/access-answer.ts";
import type { Spec } from "../spec/types.ts";
import type { CanStep } from "../wire/can.ts";
import { type ForwardObject, inboundOf, type PairObject, type PathObject, type PeerObject } from "../wire/mesh.ts";
import type { Objects } from "../wire/objects.ts";
import { allows } from "./allowances.ts";
import type { Compiled } from "./compiled.ts";
import type { Member } from "./members.ts";
import { own } from "./own.ts";

/** What is asked; `inUse` is the plane by which the first host says that its packets go now. */
export interface Asked extends Opening {
  readonly from: Member;
  readonly to: Member;
  readonly inUse?: string;
  /** Where a rule stands in the file, by its index: `the rule on line 11`. */
  readonly placeOf?: (rule: number) => string;
}

/** Each place on the way, up to the first that lets nothing on. */
export const wayOf = (spec: Spec, compiled: Compiled, asked: Asked): readonly CanStep[] =>
  upToEnd(stepsOf(spec, compiled, asked));

/** Steps up to the first that lets nothing on; those after it are not looked for. */
export function upToEnd<Step extends { readonly ok: boolean }>(steps: Iterable<Step>): readonly Step[] {
  const passed: Step[] = [];
  for (const step of steps) {
    passed.push(step);
    if (!step.ok) break;
  }
  return passed;
}

function* stepsOf({ access }: Spec, compiled: Compiled, asked: Asked): Generator<CanStep> {
  const { from, to } = asked;
  if (from.name === to.name) {
    yield { host: from.name, layer: "route", ok: true, text: "a host always reaches itself, without the network" };
    return;
  }
  yield ruleStep(access, asked);
  yield* stepsBetween(compiled, asked);
  yield firewallStep(asked, meshOf(compiled, to.name));
}

/** From one host to the other, up to its firewall; `isFit`: what a path has to be. */
export function* stepsBetween(
  compiled: Compiled,
  asked: Asked,
  isFit: (path: PathObject) => boolean = () => true,
): Generator<CanStep> {
  const { from, to, inUse } = asked;
  for (const { name, joined, stale } of [from, to]) {
    const text = joined ? "has joined" : stale ? "has been away for longer than its grace" : "has not joined";
    yield { host: name, layer: "membership", ok: joined, text };
  }
  const mesh = meshOf(compiled, from.name);
  const pair = objectOf<PairObject>(mesh, `pair/${to.name}`);
  const carriers = pair?.paths.filter((path) => !path.probesOnly && isFit(path)) ?? [];
  const path = carriers.find(({ plane }) => plane === inUse) ?? carriers[0];
  yield routeStep(asked, pair, path);
  yield planeStep(asked, mesh, path!);
  const relay = path?.via;
  if (relay !== undefined) yield relayStep(relay, asked, meshOf(compiled, relay));
}

function ruleStep(access: Spec["access"], asked: Asked): CanStep {
  const { from, to } = asked;
  const { rule, nearest } = accessAnswer(access, from, to, asked);
  const named = (index: number) => `${asked.placeOf?.(index) ?? `access[${index}]`}, ${ruleText(access[index]!)}`;
  if (rule !== undefined) return { host: to.name, layer: "rule", ok: true, text: named(rule) };
  const misses = { ports: "for other ports", direction: "the other way round" };
  const near = nearest ? `; nearest is ${named(nearest.rule)}, ${misses[nearest.misses]}` : "";
  return { host: to.name, layer: "rule", ok: false, text: `no rule allows ${openingText(asked)}${near}` };
}

function routeStep({ from, to, inUse }: Asked, pair: PairObject | undefined, path: PathObject | undefined): CanStep {
  const base = { host: from.name, layer: "route" } as const;
  if (!pair || !path) {
    const text = `no path to ${to.name}: neither has an endpoint, and they have no relay in common`;
    return { ...base, ok: false, text };
  }
  const others = pair.paths.filter((one) => one !== path && !one.probesOnly).map(pathText);
  const now = path.plane === inUse ? "as it goes now" : "the one preferred, none is proven";
  const rest = others.length > 0 ? `; besides: ${others.join(", ")}` : "";
  return { ...base, ok: true, text: `${pair.prefixes.join(" and ")} by ${pathText(path)}, ${now}${rest}` };
}

function planeStep({ from, to }: Asked, mesh: Objects, { plane, via }: PathObject): CanStep {
  const next = via ?? to.name;
  const peer = objectOf<PeerObject>(mesh, `peer/${plane}/${next}`) ?? peerOn(mesh, plane, to);
  const base = { host: from.name, layer: "plane" } as const;
  if (!peer) return { ...base, ok: false, text: `${plane} has no peer for ${to.name}` };
  const where = peer.endpoint === undefined ? "at the address that it last came from" : `at ${peer.endpoint}`;
  return { ...base, ok: true, text: `${plane} encrypts it for ${peer.host} ${where}` };
}

/** On a relay itself, its own pairs are its spokes. */
function peerOn(mesh: Objects, plane: string, to: Member): PeerObject | undefined {
  return Object.keys(mesh)
    .filter((key) => key.startsWith(`peer/${plane}/`))
    .map((key) => objectOf<PeerObject>(mesh, key)!)
    .find(({ allowedIps }) => to.prefixes.every((prefix) => allowedIps.includes(prefix)));
}

function relayStep(relay: string, { from, to }: Asked, mesh: Objects): CanStep {
  const [a, b] = [from.name, to.name].sort() as [string, string];
  const ok = objectOf<ForwardObject>(mesh, `forward/${a}`)?.pairs.includes(b) === true;
  const text = ok
    ? `passes on between ${a} and ${b}, without looking at ports`
    : `does not pass on between ${a} and ${b}`;
  return { host: relay, layer: "relay", ok, text };
}

function firewallStep(asked: Asked, mesh: Objects): CanStep {
  const { from, to, protocol, port } = asked;
  const inbound = inboundOf(mesh, from.name);
  const ok = inbound !== undefined && allows(inbound.allow, protocol, port);
  const what = `${openingText(asked)} from ${(inbound?.from ?? from.prefixes).join(" and ")}`;
  const text = ok ? `lets in ${what}; answers go back by its own route` : `drops ${what}`;
  return { host: to.name, layer: "firewall", ok, text };
}

const pathText = ({ kind, plane, via }: PathObject) =>
  via === undefined ? `${plane} (${kind === "direct" ? "direct" : "the relay itself"})` : `${plane} (relay ${via})`;

export const meshOf = (compiled: Compiled, name: string): Objects => own(compiled.hosts, name)?.mesh ?? {};

function objectOf<T>(mesh: Objects, key: string): T | undefined {
  return Object.hasOwn(mesh, key) ? (JSON.parse(mesh[key]!) as T) : undefined;
}
