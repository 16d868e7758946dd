// The file's own tests of its access rules.
import { parseAddress } from "../net/address.ts";
import { type AccessAnswer, accessAnswer, openingText, ruleText } from "./access-answer.ts";
import { beyondAnswer, type Sender } from "./access-beyond.ts";
import { errorAt, type Finding } from "./issue.ts";
import type { AccessTest, Spec } from "./types.ts";

/** A finding for each test that does not hold among these hosts; one that names an unknown host is not judged. */
export function failedTests(
  { access, tests }: Pick<Spec, "access" | "tests">,
  partyOf: (name: string) => Sender | undefined,
): Finding[] {
  return tests.flatMap((one, index) => {
    const from = partyOf(one.from);
    if (from === undefined) return [];
    if (parseAddress(one.to)) return failure(one, index, beyondAnswer(access, from, one.to, one), access);
    const to = partyOf(one.to);
    return to ? failure(one, index, accessAnswer(access, from, to, one), access) : [];
  });
}

function failure(test: AccessTest, index: number, answer: AccessAnswer, access: Spec["access"]): Finding[] {
  const { allowed, rule, nearest } = answer;
  if (allowed === (test.expect === "allow")) return [];
  const flow = `${test.from} to ${test.to} on ${openingText(test)}`;
  const at = ["tests", index];
  if (allowed) {
    if (rule === undefined) {
      const hint = "take the test out";
      return [
        errorAt(
          at,
          "testFailed",
          `${flow}: expected to be denied, and every host may reach itself and its own networks`,
          hint,
        ),
      ];
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
