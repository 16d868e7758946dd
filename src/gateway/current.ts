import { emptyWorld } from "./snapshot/build.ts";
import type { World } from "./world.ts";

/** The world in force in this worker: requests read `world` once, at their start. */
export const current: { world: World } = { world: emptyWorld };
