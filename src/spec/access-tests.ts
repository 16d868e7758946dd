// The file's own tests of its access rules.
import { accessAnswer, openingText, type Party, ruleText } from "./access-answer.ts";
import { errorAt, type Finding } from "./issue.ts";
import type { AccessTest, Spec } from "./types.ts";

/** A finding for each test that does not hold among these hosts; one that names an unknown host is not judged. */
export function failedTests(
  { access, tests }: Pick<Spec, "access" | "tests">,
  partyOf: (name: string) => Party | undefined,
): Finding[] {
  return tests.flatMap((one, index) => {
    const [from, to] = [partyOf(one.from), partyOf(one.to)];
    return from && to ? failure(one, index, from, to, access) : [];
  });
}

function failure(test: AccessTest, index: number, from: Party, to: Party, access: Spec["access"]): Finding[] {
  const { allowed, rule, nearest } = accessAnswer(access, from, to, test);
  if (allowed === (test.expect === "allow")) return [];
  const flow = `${from.name} to ${to.name} on ${openingText(test)}`;
  const at = ["tests", index];
  if (allowed) {
    if (rule === undefined) {
      const hint = "take the test out";
      return [errorAt(at, "testFailed", `${flow}: expected to be denied, and every host may reach itself`, hint)];
    }
    const message = `${flow}: expected to be denied, and access[${rule}] allows it (${ruleText(access[rule]!)})`;
    const hint = "narrow that rule, or expect: allow";
    return [{ ...errorAt(at, "testFailed", message, hint), about: ["access", rule] }];
  }
  const message = `${flow}: expected to be allowed, and no rule allows it`;
  if (!nearest) return [errorAt(at, "testFailed", message, "add a rule to `access`, or expect: deny")];
  const text = ruleText(access[nearest.rule]!);
  const near =
    nearest.misses === "ports"
      ? `; access[${nearest.rule}] joins the two for other ports (${text})`
      : `; access[${nearest.rule}] allows it the other way round (${text})`;
  const hint = "widen that rule, add another, or expect: deny";
  return [{ ...errorAt(at, "testFailed", message + near, hint), about: ["access", nearest.rule] }];
}
