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
