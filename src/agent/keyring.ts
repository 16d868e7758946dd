// The keys that the state in force asks for: those that are missing are made, those that nothing asks for any more are
// deleted, so that what was recorded of an old session stays closed.
import { rmSync } from "node:fs";
import type { MeshState, PlaneName, PlaneObject } from "../wire/mesh.ts";
import type { HostKey } from "../wire/stream.ts";
import { ensureKeys, makeKey, type PlaneKey, readAllKeys } from "./keys.ts";

export interface Keyring {
  /** The key that this host uses on a plane. */
  readonly keyOf: (plane: PlaneObject) => PlaneKey | undefined;
  /** Makes the keys that are asked for. */
  readonly provide: (mesh: MeshState) => void;
  /** Deletes the others, once nothing uses them. */
  readonly forget: (mesh: MeshState) => void;
  /** The public halves of those that are asked for, for control. */
  readonly asked: (mesh: MeshState) => readonly HostKey[];
}

/** `folder` is the agent's. */
export function openKeyring(folder: string): Keyring {
  ensureKeys(folder);
  let keys = readAllKeys(folder);
  const find = (plane: PlaneName, generation: number) =>
    keys.find((key) => key.plane === plane && key.generation === generation);
  const newest = (plane: PlaneName) => keys.findLast((key) => key.plane === plane);

  return {
    keyOf: ({ name, generation }) => (generation === undefined ? newest(name) : find(name, generation)),
    provide(mesh) {
      for (const { plane, generations } of mesh.keys) {
        const generation = Math.max(...generations); // an older one that is lost cannot be made again
        if (!find(plane, generation)) keys = [...keys, makeKey(folder, plane, generation)];
      }
    },
    forget(mesh) {
      const isWanted = wantedKeys(mesh);
      const unwanted = keys.filter((key) => !isWanted(key));
      if (unwanted.length === 0) return;
      for (const { file } of unwanted) rmSync(file, { force: true });
      keys = keys.filter(isWanted);
    },
    asked: (mesh) =>
      mesh.keys
        .flatMap(({ plane, generations }) => generations.flatMap((generation) => find(plane, generation) ?? []))
        .map(({ plane, generation, publicKey }) => ({ plane, generation, publicKey })),
  };
}

/** Which keys are kept: a plane that has no interface now, and of which nothing is asked, may have one again with those it has. */
export function wantedKeys({ planes, keys }: MeshState): (key: Pick<PlaneKey, "plane" | "generation">) => boolean {
  const wanted = new Map<PlaneName, Set<number>>();
  for (const { name, generation } of planes) if (generation !== undefined) wanted.set(name, new Set([generation]));
  for (const { plane, generations } of keys) wanted.set(plane, new Set([...(wanted.get(plane) ?? []), ...generations]));
  return ({ plane, generation }) => wanted.get(plane)?.has(generation) ?? plane !== "pwx";
}
