// Warnings as events: each is told when it comes, and when it is gone.
import { type Warning, warningKey } from "../wire/warnings.ts";
import type { Events } from "./events.ts";

/** Takes all warnings of a moment. */
export type Announce = (warnings: readonly Warning[]) => void;

export function announcer({ publish }: Pick<Events, "publish">): Announce {
  let known: ReadonlyMap<string, Warning> = new Map();
  return (warnings) => {
    const now = new Map(warnings.map((warning) => [warningKey(warning), warning]));
    for (const [key, { code, subject = "", text }] of now) {
      if (!known.has(key)) publish({ kind: `raised.${code}`, subject, text });
    }
    for (const [key, { code, subject = "", text }] of known) {
      if (!now.has(key)) publish({ kind: `cleared.${code}`, subject, text: `no longer: ${text}` });
    }
    known = now;
  };
}
