// Whether one host may reach another, answered from what is compiled for them and from what the first one said last.
import { can } from "../plan/allows.ts";
import { compileSurveyed } from "../plan/compile.ts";
import type { Member } from "../plan/members.ts";
import { survey } from "../plan/survey.ts";
import { wayOf } from "../plan/way.ts";
import { accessAnswer, type Opening, ruleText } from "../spec/access-answer.ts";
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
}

export function canReach(
  { facts, specInForce, statuses, clock }: Pick<Control, "facts" | "specInForce" | "statuses" | "clock">,
  names: { readonly from: string; readonly to: string },
  opening: Opening,
): Reach {
  const known = facts();
  const spec = specInForce(known);
  if (!spec || !known.spec) {
    throw new AppError("invalidRequest", "this control has no file yet", { hint: "apply one: portway apply" });
  }
  const observed = observedOf(known);
  const surveyed = survey(spec, observed);
  const member = (name: string): Member => {
    const found = surveyed.members.find((one) => one.name === name);
    if (found) return found;
    throw new AppError("notFound", `there is no host ${name}`, { hint: "see `portway hosts list`" });
  };
  const [from, to] = [member(names.from), member(names.to)];
  const compiled = compileSurveyed(spec, observed, surveyed);
  const peers = fresh(statuses.of(from.name).agent, clock.now())?.peers;
  const inUse = peers?.find(({ host }) => host === to.name)?.path?.plane;
  const { rule } = accessAnswer(spec.access, from, to, opening);
  const pair = compiled.hosts[from.name]?.mesh[`pair/${to.name}`];
  const answer = {
    ...names,
    ...opening,
    allowed: can(compiled, { ...names, ...opening }),
    ...(rule !== undefined && {
      rule: { index: rule, line: lineOf(known.spec.text, ["access", rule]) ?? 0, text: ruleText(spec.access[rule]!) },
    }),
    steps: wayOf(spec, compiled, { from, to, ...opening, ...(inUse !== undefined && { inUse }) }),
  };
  return { answer, relays: pair === undefined ? [] : relaysBetween(JSON.parse(pair) as PairObject) };
}

function relaysBetween(pair: PairObject | undefined): readonly string[] {
  return [...new Set(pair?.paths.flatMap(({ via, probesOnly }) => (via === undefined || probesOnly ? [] : [via])))];
}
