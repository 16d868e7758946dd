// Patterns as tables of states (src/spec/regex/automaton.ts): one step a byte, whatever the pattern and the text.
import type { Automaton } from "../../wire/body-schema.ts";

/** The state of a text that matches, whatever follows. */
const matched = -2;

export function matches({ start, classes, width, next, ends }: Automaton, text: string): boolean {
  let state = start;
  for (let at = 1; at <= text.length && state >= 0; at++)
    state = next[state * width + classes[string.byte(text, at)!]!]!;
  return state < 0 ? state === matched : ends[state] === 1;
}
