// Whether one host may reach another, answered from what is compiled for them and from what the first one said last.
import { canonicalAddress, parseAddress } from "../net/address.ts";
import { can } from "../plan/allows.ts";
import { compileSurveyed } from "../plan/compile.ts";
import type { Member } from "../plan/members.ts";
import { survey } from "../plan/survey.ts";
import { unknownHost } from "../plan/unknown-host.ts";
import { wayOf } from "../plan/way.ts";
import { aloneTo, networkBeyond, wayBeyond } from "../plan/way-beyond.ts";
import { accessAnswer, type Opening, ruleText } from "../spec/access-answer.ts";
import { beyondAnswer } from "../spec/access-beyond.ts";
import { lineOf } from "../spec/parse.ts";
import type { CanAnswer } from "../wire/can.ts";
import { AppError } from "../wire/errors.ts";
import type { PairObject } from "../wire/mesh.ts";
import type { Control } from "./control.ts";
import { observedOf } from "./facts.ts";
import { fresh } from "./statuses.ts";

export interface Reach {
  readonly answer: CanAnswer;
  /** Hosts that may pass on the pair's packets. */
  readonly relays: readonly string[];
  /** Where the other end is an address that is no host's: hosts that may lead there. */
  readonly leaders?: readonly string[];
}

type Parts = Pick<Control, "facts" | "specInForce" | "statuses" | "clock">;

function canReach(control: Parts, names: { readonly from: string; readonly to: string }, opening: Opening): Reach {
  const { spec, compiled, member, peersOf, ruleAt, placeOf } = sceneOf(control);
  const [from, to] = [member(names.from), member(names.to)];
  const inUse = peersOf(from)?.find(({ host }) => host === to.name)?.path?.plane;
  const { rule } = accessAnswer(spec.access, from, to, opening);
  const pair = compiled.hosts[from.name]?.mesh[`pair/${to.name}`];
  const answer = {
    ...names,
    ...opening,
    allowed: can(compiled, { ...names, ...opening }),
    ...(rule !== undefined && { rule: ruleAt(rule) }),
    steps: wayOf(spec, compiled, { from, to, ...opening, placeOf, ...(inUse !== undefined && { inUse }) }),
  };
  return { answer, relays: pair === undefined ? [] : relaysBetween(JSON.parse(pair) as PairObject) };
}

/** The same where `to` may be an address: behind a host, in the internet, or a host's own. */
export function canReachAny(
  control: Parts,
  names: { readonly from: string; readonly to: string },
  opening: Opening,
): Reach {
  if (parseAddress(names.to) === undefined) return canReach(control, names, opening);
  const { spec, compiled, members, member, statusOf, peersOf, ruleAt, placeOf } = sceneOf(control);
  const address = canonicalAddress(names.to)!;
  const owner = members.find(({ ipv4, ipv6 }) => [ipv4, ipv6].includes(address));
  if (owner !== undefined) return canReach(control, { from: names.from, to: owner.name }, opening);
  const from = member(names.from);
  const asked = {
    ...{ from, address, members, placeOf, ...opening },
    through: (network: string) => statusOf(from)?.routers?.find((one) => one.network === network)?.host,
    inUse: (name: string) => peersOf(from)?.find(({ host }) => host === name)?.path?.plane,
    ownNetworks: statusOf(from)?.networks ?? [],
  };
  const steps = wayBeyond(spec, compiled, asked);
  const { allowed, rule, by } = beyondAnswer(spec.access, from, address, opening);
  const said = { from: from.name, to: address, ...opening, steps };
  if (aloneTo(compiled, asked, { by }) !== undefined) return { answer: { ...said, allowed: true }, relays: [] };
  const answer = { ...said, allowed, ...(rule !== undefined && { rule: ruleAt(rule) }) };
  const { routers = [], isInternet } = networkBeyond(compiled, from, address, { by }) ?? {};
  const pairs = isInternet ? [] : routers.map((name) => compiled.hosts[from.name]?.mesh[`pair/${name}`]);
  const relays = pairs.flatMap((pair) => (pair === undefined ? [] : relaysBetween(JSON.parse(pair) as PairObject)));
  return { answer, relays: [...new Set(relays)], leaders: routers };
}

/** What is in force, and what is known of hosts. */
function sceneOf({ facts, specInForce, statuses, clock }: Parts) {
  const known = facts();
  const spec = specInForce(known);
  const written = known.spec;
  if (!spec || !written) {
    throw new AppError("invalidRequest", "this control has no file yet", { hint: "apply one: portway apply" });
  }
  const observed = observedOf(known);
  const surveyed = survey(spec, observed);
  const { members } = surveyed;
  const statusOf = ({ name }: Member) => fresh(statuses.of(name).agent, clock.now());
  const lineOfRule = (index: number) => lineOf(written.text, ["access", index]) ?? 0;
  return {
    ...{ spec, members, statusOf },
    compiled: compileSurveyed(spec, observed, surveyed),
    member: (name: string): Member => {
      const found = members.find((one) => one.name === name);
      if (found) return found;
      const names = members.map((one) => one.name);
      throw unknownHost(name, names);
    },
    peersOf: (host: Member) => statusOf(host)?.peers,
    ruleAt: (index: number) => ({
      ...{ index, text: ruleText(spec.access[index]!) },
      line: lineOfRule(index),
    }),
    placeOf: (index: number) => `the rule on line ${lineOfRule(index)}`,
  };
}

function relaysBetween({ paths }: PairObject): readonly string[] {
  return [...new Set(paths.flatMap(({ via, probesOnly }) => (via === undefined || probesOnly ? [] : [via])))];
}
