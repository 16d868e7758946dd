// Keeps the ways to this host's relays warm: one from which no answer comes is repaired step by step (ladder.ts), while the
// pairs that used it have long moved to another. A relay without its agent answers no probe, but its tunnel works: it is left
// alone.
import type { Clock } from "../../lib/clock.ts";
import type { MeshState, PeerObject, PlaneName } from "../../wire/mesh.ts";
import type { Greeter } from "../direct/greet.ts";
import { every } from "../every.ts";
import { climb, type Ladder, type Remedy, startLadder } from "./ladder.ts";

export interface LegParts {
  readonly clock: Clock;
  readonly mesh: () => MeshState | undefined;
  /** Whether the relay at the other end of a plane answers. */
  readonly answers: (plane: PlaneName) => boolean;
  readonly resolve: (endpoint: string) => string | undefined;
  /** Has the endpoint's name looked up again. */
  readonly doubt: (endpoint: string) => void;
  readonly greeter: Pick<Greeter, "isSilent" | "greet" | "rebind">;
  readonly onRemedy: (relay: string, plane: PlaneName, remedy: Remedy) => void;
  readonly onBack: (relay: string, plane: PlaneName) => void;
}

export interface Legs {
  /** What was tried for a relay that does not answer, the last at the end. */
  readonly tried: (plane: PlaneName) => readonly string[];
  readonly close: () => void;
}

interface Repair {
  ladder: Ladder;
  readonly tried: string[];
}

const tickMs = 250;
const mostTold = 6;

export function startLegs(parts: LegParts): Legs {
  const { clock, mesh, answers, resolve, doubt, greeter, onRemedy, onBack } = parts;
  const repairs = new Map<PlaneName, Repair>();

  /** What was done; undefined: nothing, since the tunnel works. */
  const apply = async (remedy: Remedy, peer: PeerObject): Promise<string | undefined> => {
    const { endpoint = "" } = peer;
    if (remedy === "rebind") return (await greeter.rebind(peer)) ? "another port of this host" : undefined;
    if (remedy === "handshake") {
      const address = resolve(endpoint);
      return (await greeter.greet(peer, address)) ? `new handshake with ${address ?? endpoint}` : undefined;
    }
    if (!(await greeter.isSilent(peer))) return undefined;
    doubt(endpoint);
    return `looked ${endpoint} up again`;
  };

  const tick = () => {
    const now = clock.monotonic();
    const state = mesh();
    for (const { name, relay } of state?.planes ?? []) {
      const peer = state?.peers.find((one) => one.plane === name);
      if (relay === undefined || peer === undefined) continue;
      if (answers(name)) {
        if (repairs.get(name)?.tried.length) onBack(relay, name);
        repairs.delete(name);
        continue;
      }
      const repair = repairs.get(name) ?? { ladder: startLadder(now), tried: [] };
      repairs.set(name, repair);
      const { ladder, remedy } = climb(repair.ladder, now);
      repair.ladder = ladder;
      if (remedy === undefined) continue;
      void apply(remedy, peer).then((done) => {
        if (done === undefined || repairs.get(name) !== repair) return;
        repair.tried.push(done);
        if (repair.tried.length > mostTold) repair.tried.shift();
        onRemedy(relay, name, remedy);
      });
    }
  };

  const { close } = every(clock, tickMs, tick);
  return { tried: (plane) => repairs.get(plane)?.tried ?? [], close };
}
