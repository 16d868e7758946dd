// What arrives of this host's packets through a tunnel, by size: probes as large as the packet in question, to the other end's
// probe address, whose agent answers with a small one. They are told apart from what was split on the way: the firewall
// there drops fragments of them.
import { randomBytes } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";
import type { PathObject, PlaneName } from "../../wire/mesh.ts";
import type { ProbeEvents, Prober } from "../paths/prober.ts";
import type { Answers } from "./search.ts";

export interface Inside extends Pick<ProbeEvents, "onSized"> {
  /** Sends one packet of each size and waits for the answers; sooner back when all are there. */
  readonly ask: (path: PathObject, sizes: readonly number[], patienceMs: number) => Promise<Answers>;
}

interface Round {
  readonly plane: PlaneName;
  readonly to: string;
  readonly missing: Set<number>;
  readonly all: AbortController;
}

export function createInside(clock: Pick<Clock, "sleep">, prober: Pick<Prober, "askSize">): Inside {
  const rounds = new Map<bigint, Round>();
  return {
    async ask({ plane, probeAddress }, sizes, patienceMs) {
      const nonce = randomBytes(8).readBigUInt64BE();
      const round: Round = { plane, to: probeAddress, missing: new Set(sizes), all: new AbortController() };
      rounds.set(nonce, round);
      for (const size of sizes) prober.askSize(plane, probeAddress, { size, nonce });
      await clock.sleep(patienceMs, round.all.signal);
      rounds.delete(nonce);
      return { passed: sizes.filter((size) => !round.missing.has(size)) };
    },
    onSized(plane, from, { size, nonce }) {
      const round = rounds.get(nonce);
      if (round === undefined || round.plane !== plane || round.to !== from) return;
      round.missing.delete(size);
      if (round.missing.size === 0) round.all.abort();
    },
  };
}
