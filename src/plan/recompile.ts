// The compiler for who compiles again and again, as control does: what `compile` gives, byte for byte, in time that goes with
// the change.
import type { Spec } from "../spec/types.ts";
import { compileInSteps } from "./compile.ts";
import type { Compiled } from "./compiled.ts";
import { createMemory, isSame } from "./memory.ts";
import type { Observed } from "./observed.ts";
import { lastOf, type Steps } from "./steps.ts";
import { type Survey, survey } from "./survey.ts";

/** What is compiled, and the picture that it was drawn from. */
export interface Compilation {
  readonly compiled: Compiled;
  readonly survey: Survey;
}

export interface Compiler {
  (spec: Spec, observed: Observed): Compilation;
  /** The same step by step; nothing else may be compiled until the last. */
  readonly inSteps: (spec: Spec, observed: Observed) => Steps<Compilation>;
}

/** A compiler that remembers what it gave last: a host that a change does not concern keeps the very same objects. */
export function createCompiler(): Compiler {
  const memory = createMemory();
  let isUnderWay = false;
  let last: { readonly spec: Spec; readonly observed: Observed; readonly compilation: Compilation } | undefined;
  function* inSteps(spec: Spec, observed: Observed): Steps<Compilation> {
    if (isUnderWay) throw new Error("something else is compiled already");
    isUnderWay = true;
    try {
      return yield* compilation(spec, observed);
    } finally {
      isUnderWay = false;
    }
  }
  function* compilation(spec: Spec, observed: Observed): Steps<Compilation> {
    // A plan begins with what is in force, and what is applied was planned.
    if (last?.spec === spec && isSame(last.observed, observed)) return last.compilation;
    const surveyed = survey(spec, observed, memory);
    const compiled = yield* compileInSteps(spec, observed, surveyed, memory);
    const names = new Set(surveyed.members.map(({ name }) => name));
    memory.turn((key) => names.has(key.slice(key.lastIndexOf("/") + 1)));
    last = { spec, observed, compilation: { compiled, survey: surveyed } };
    return last.compilation;
  }
  return Object.assign((spec: Spec, observed: Observed) => lastOf(inSteps(spec, observed)), { inSteps });
}
