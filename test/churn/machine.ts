// A machine of the simulation: an agent's real parts (the follower of its stream, the guard, what its kernel should hold and the
// difference to what it holds) over a simulated kernel and a simulated network to control.
import type { ServerResponse } from "node:http";
import { type Guarded, guard, nothingGuarded } from "../../src/agent/guard.ts";
import { wantedKeys } from "../../src/agent/keyring.ts";
import { overlayOf } from "../../src/agent/overlay/desired.ts";
import { diff } from "../../src/agent/overlay/diff.ts";
import type { EndpointHistory } from "../../src/agent/overlay/diff-peers.ts";
import type { Change } from "../../src/agent/overlay/model.ts";
import { actualOf, emptyKernel, removeLink, run } from "../../src/agent/overlay/simulated-kernel.ts";
import { capability } from "../../src/wire/capability.ts";
import { follower } from "../../src/wire/follow.ts";
import { type MeshState, meshFromObjects, type PairObject, type PlaneName } from "../../src/wire/mesh.ts";
import { digestOf } from "../../src/wire/objects.ts";
import type { AgentStatus, HostKey } from "../../src/wire/stream.ts";

export type Machine = ReturnType<typeof createMachine>;

const noHistory: EndpointHistory = {
  given: () => undefined,
  seen: () => undefined,
  isStuck: () => false,
  isSilent: () => false,
};
const firstPlanes: readonly PlaneName[] = ["pw0", "pwr", "pwr1", "pwr2", "pwr3"];

/** A stream's end at control: what is written goes out line by line while the connection stands. */
export interface Wire {
  readonly outgoing: ServerResponse;
  readonly isOpen: () => boolean;
  /** The connection is gone; control hears of it. */
  readonly close: () => void;
}

export function createWire(onLine: (line: string) => void, onEnd: () => void): Wire {
  let open = true;
  let begun = "";
  const listeners: (() => void)[] = [];
  const close = () => {
    if (!open) return;
    open = false;
    for (const listener of listeners) listener();
  };
  const end = () => {
    close();
    onEnd();
  };
  /** Pieces of lines come one at a time: control waits until each is taken. */
  const write = (text: string, taken: () => void) => {
    if (!open) return;
    const lines = (begun + text).split("\n");
    begun = lines.pop()!;
    for (const line of lines) onLine(line);
    queueMicrotask(taken);
  };
  const on = (event: string, listener: () => void) => void (event === "close" && listeners.push(listener));
  const outgoing = {
    writableLength: 0,
    writableNeedDrain: false,
    writeHead() {},
    on,
    once: on,
    write,
    end,
    destroy: end,
  };
  return { outgoing: outgoing as unknown as ServerResponse, isOpen: () => open, close };
}

interface Key {
  readonly plane: PlaneName;
  readonly generation: number;
}

/** One that has just joined; `identity` is its own for as long as it is a member. */
export function createMachine(name: string, identity: string) {
  const objects = follower();
  let [guarded, kernel]: [Guarded, ReturnType<typeof emptyKernel>] = [nothingGuarded, emptyKernel()];
  let mesh: MeshState | undefined;
  let isDamaged = false;
  let keys: readonly Key[] = firstPlanes.map((plane) => ({ plane, generation: 1 }));
  const has = (plane: PlaneName, generation: number) =>
    keys.some((key) => key.plane === plane && key.generation === generation);
  const keyOf = (plane: PlaneName, generation = 1) => {
    const own = `${identity}-${plane}-${generation}`;
    return has(plane, generation) ? { file: `/keys/${own}`, publicKey: `own ${own}` } : undefined;
  };
  const planeOf = ({ paths }: PairObject) => {
    const open = paths.filter(({ probesOnly }) => !probesOnly);
    return (open.find(({ avoid }) => !avoid) ?? open[0] ?? paths[0])?.plane;
  };
  const changes = (state: MeshState): readonly Change[] => {
    const pairs = new Map(state.pairs.map((pair) => [pair.host, pair]));
    const overlay = overlayOf(state, {
      keyOf: ({ name: plane, generation }) => keyOf(plane, generation),
      planeOf: (host) => planeOf(pairs.get(host)!),
      resolve: (endpoint) => endpoint,
    });
    return diff(overlay, actualOf(kernel), noHistory);
  };

  return {
    name,
    identity,
    /** Its agent runs. */
    isUp: true,
    /** Nothing goes between it and control. */
    isCut: false,
    /** Control does not know it any more. */
    isGone: false,
    wire: undefined as Wire | undefined,
    objects,
    inForce: () => guarded.inForce,
    isHeld: () => guarded.held !== undefined,
    joinKeys: () => firstPlanes.map((plane) => ({ plane, generation: 1, publicKey: keyOf(plane)!.publicKey })),
    /** One pass of the reconciler; answers how many changes it made. */
    reconcile(): number {
      isDamaged = false;
      const { objects: next, revision } = objects.state();
      guarded = guard(guarded, next, revision);
      mesh = meshFromObjects(guarded.inForce);
      if (mesh === undefined) return 0;
      for (const { plane, generations } of mesh.keys) {
        const generation = Math.max(...generations);
        if (!has(plane, generation)) keys = [...keys, { plane, generation }];
      }
      const made = changes(mesh);
      run(kernel, made);
      keys = keys.filter(wantedKeys(mesh));
      return made.length;
    },
    /** How far the kernel is from what should be. */
    drift: () => (mesh === undefined ? 0 : changes(mesh).length),
    /** An interface goes, as by a person's hand. */
    damage() {
      removeLink(kernel, "pw0");
      isDamaged = true;
    },
    reboot() {
      kernel = emptyKernel();
      isDamaged = true;
    },
    /** What an agent does by itself every now and then. */
    repair() {
      if (isDamaged) this.reconcile();
    },
    /** What it says of itself; `reaches` tells whether another host answers. */
    status(clockMs: number, reaches: (host: string) => boolean): AgentStatus {
      const peers = (mesh?.pairs ?? []).map((pair) => {
        const plane = planeOf(pair);
        const online = reaches(pair.host);
        const ways = pair.paths.filter(({ via }) => via === undefined || reaches(via)).map((path) => path.plane);
        return {
          host: pair.host,
          online,
          ...{ rxBytes: 0, txBytes: 0 },
          ...(online && { heard: true as const }),
          ...(pair.tell && { ...(plane && { plane }), proven: online ? ways : [] }),
        };
      });
      const asked =
        mesh?.keys.flatMap(({ plane, generations }) => generations.map((generation) => ({ plane, generation }))) ?? [];
      const told = asked.flatMap(({ plane, generation }): HostKey[] => {
        const key = keyOf(plane, generation);
        return key ? [{ plane, generation, publicKey: key.publicKey }] : [];
      });
      return {
        ...{ program: "agent", capability, version: "0.1.0", wireguard: "kernel", peers, clockMs },
        revision: objects.state().revision,
        digest: guarded.held ? digestOf(guarded.inForce) : objects.state().digest,
        ...(told.length > 0 && { keys: told }),
      };
    },
  };
}
