// Whether the changes of a pass put right what somebody else changed: nothing else was wanted than at the last pass that left
// all as it should be. Pure but for what it remembers.
import type { Actual, Change, Overlay } from "./overlay/model.ts";

export interface Repairs {
  /** Takes what a pass wanted, found and changed; true for a repair. */
  readonly look: (desired: Overlay, actual: Actual, changes: readonly Change[]) => boolean;
  /** The changes could not be made. */
  readonly failed: () => void;
}

interface Wanted {
  readonly core: string;
  readonly routes: string;
}

export function createRepairs(): Repairs {
  let upheld: Wanted | undefined;
  return {
    look(desired, actual, changes) {
      const { routes, ...core } = desired;
      const wanted = { core: textOf(core), routes: textOf(routes) };
      const made = changes.filter((one) => !isRedialled(one, actual));
      // Packets move to other paths while a pass goes on: routes count where they were wanted so before.
      const isSame = upheld?.core === wanted.core && (upheld.routes === wanted.routes || !made.every(isRoute));
      const isRepair = isSame && made.length > 0;
      upheld = changes.length === 0 || isRepair ? wanted : undefined;
      return isRepair;
    },
    failed() {
      upheld = undefined;
    },
  };
}

/** Without MTUs, which follow what is measured. */
const textOf = (value: unknown) => JSON.stringify(value, (key, one: unknown) => (key === "mtu" ? undefined : one));

const isRoute = (one: Change) => one.kind === "ip" && one.words.includes("route");

/** A silent peer is told where it was last: nobody changed anything. */
function isRedialled(one: Change, { links }: Actual): boolean {
  if (one.kind !== "wg" || !one.words.includes("endpoint")) return false;
  return links.get(one.link)?.device?.peers.some(({ publicKey }) => one.words.includes(publicKey)) === true;
}
