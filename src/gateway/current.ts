import { emptyRouter } from "./routing/router-build.ts";
import type { World } from "./world.ts";

const emptyWorld: World = {
  sequence: 0,
  revision: 0,
  digest: "0".repeat(64),
  entries: {},
  services: {},
  plugins: {},
  routes: {},
  clientLimits: undefined,
  debugKeys: undefined,
  bodyLimit: 0,
  certificatesByKey: {},
  router: emptyRouter(),
  certificates: { exact: {}, wildcard: {} },
};

/** The world in force in this worker: requests read `world` once, at their start. */
export const current: { world: World } = { world: emptyWorld };
