// What netcheck finds: one value a question, which text and JSON both show.

export type State = "good" | "warning" | "bad" | "unknown";

export interface Finding {
  /** What was looked at: `nat`, `udp`, `ipv6`, `mtu`, `clock`, `control`, `ports`, `kernel`, `programs`. */
  readonly check: string;
  readonly state: State;
  readonly text: string;
  /** What to do; absent where nothing is to be done. */
  readonly hint?: string;
  /** What it was told from. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export const finding = (check: string, state: State, text: string, more: Pick<Finding, "hint" | "details"> = {}) =>
  ({ check, state, text, ...more }) satisfies Finding;

/** Some checks in a row that found the same. */
export interface Alike extends Pick<Finding, "state" | "text"> {
  readonly checks: readonly string[];
}

/** Neighbours that say the same, told once. */
export function alike(findings: readonly Finding[]): readonly Alike[] {
  const rows: (Alike & { readonly checks: string[] })[] = [];
  for (const { check, state, text } of findings) {
    const last = rows.at(-1);
    if (last?.state === state && last.text === text) last.checks.push(check);
    else rows.push({ checks: [check], state, text });
  }
  return rows;
}
