// The compiler for who compiles again and again, as control does: what `compile` gives, byte for byte, in time that goes with
// the change.
import type { Spec } from "../spec/types.ts";
import { compileSurveyed } from "./compile.ts";
import type { Compiled } from "./compiled.ts";
import { createMemory } from "./memory.ts";
import type { Observed } from "./observed.ts";
import { survey } from "./survey.ts";

export type Compiler = (spec: Spec, observed: Observed) => Compiled;

/** A compiler that remembers what it gave last: a host that a change does not concern keeps the very same objects. */
export function createCompiler(): Compiler {
  const memory = createMemory();
  return (spec, observed) => {
    const compiled = compileSurveyed(spec, observed, survey(spec, observed, memory), memory);
    memory.turn();
    return compiled;
  };
}
