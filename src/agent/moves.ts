// Moves packets of pairs to other paths without waiting for a pass, which follows.
import type { MeshState, PairObject } from "../wire/mesh.ts";

export interface MovesParts {
  readonly mesh: () => MeshState | undefined;
  /** Changes the routes of these pairs alone. */
  readonly move: (mesh: MeshState, pairs: readonly PairObject[]) => Promise<void>;
  readonly onMoved: () => void;
}

export interface Moves {
  /** Soon: those that move in the same moment go together. */
  readonly add: (host: string) => void;
  readonly now: (hosts: ReadonlySet<string>) => void;
}

export function createMoves({ mesh, move, onMoved }: MovesParts): Moves {
  const waiting = new Set<string>();

  function now(hosts: ReadonlySet<string>): void {
    const state = mesh();
    const pairs = state?.pairs.filter(({ host }) => hosts.has(host)) ?? [];
    if (state !== undefined && pairs.length > 0) void move(state, pairs).then(onMoved);
  }

  return {
    now,
    add(host) {
      waiting.add(host);
      if (waiting.size > 1) return;
      queueMicrotask(() => {
        now(waiting);
        waiting.clear();
      });
    },
  };
}
