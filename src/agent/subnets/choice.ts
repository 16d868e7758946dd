// Which of the hosts that lead to a network carries its packets. Pure.

/** A router as the choice sees it. */
export interface Candidate {
  readonly name: string;
  /** Answers come from it since then; undefined: none do. Monotonic ms. */
  readonly since?: number;
  /** No answers come, and there was time enough for them. */
  readonly isDark: boolean;
}

/** Packets go back to a router that is preferred only after it has answered for so long without a break. */
export const returnMs = 60_000;

/**
 * The first that answers, and then that one until it is dark: connections live in it. One that is preferred and has come back
 * gets them again when it has proven to stay. While nobody answers nothing moves.
 */
export function chooseRouter(
  routers: readonly Candidate[],
  current: string | undefined,
  now: number,
): string | undefined {
  const present = routers.find(({ name }) => name === current) ?? (current === undefined ? routers[0] : undefined);
  const answering = routers.filter(({ since }) => since !== undefined);
  if (present !== undefined && !present.isDark) {
    const preferred = routers.slice(0, routers.indexOf(present));
    return (preferred.find(({ since }) => since !== undefined && now - since >= returnMs) ?? present).name;
  }
  return (answering[0] ?? present ?? routers[0])?.name;
}
