// The compiler for who compiles again and again, as control does: what `compile` gives, byte for byte, in time that goes with
// the change.
import type { Spec } from "../spec/types.ts";
import { compileSurveyed } from "./compile.ts";
import type { Compiled } from "./compiled.ts";
import { createMemory } from "./memory.ts";
import type { Observed } from "./observed.ts";
import { type Survey, survey } from "./survey.ts";

/** What is compiled, and the picture that it was drawn from. */
export interface Compilation {
  readonly compiled: Compiled;
  readonly survey: Survey;
}

export type Compiler = (spec: Spec, observed: Observed) => Compilation;

/** A compiler that remembers what it gave last: a host that a change does not concern keeps the very same objects. */
export function createCompiler(): Compiler {
  const memory = createMemory();
  return (spec, observed) => {
    const surveyed = survey(spec, observed, memory);
    const compiled = compileSurveyed(spec, observed, surveyed, memory);
    const names = new Set(surveyed.members.map(({ name }) => name));
    memory.turn((key) => names.has(key.slice(key.lastIndexOf("/") + 1)));
    return { compiled, survey: surveyed };
  };
}
