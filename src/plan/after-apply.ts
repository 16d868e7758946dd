// What the registry knows once a file is in force: apply writes this, and plan looks ahead with it.
import type { Spec } from "../spec/types.ts";
import { planAddresses } from "./addresses.ts";
import type { Observed, ObservedHost } from "./observed.ts";
import { own } from "./own.ts";
import { namesOfPeers } from "./peers.ts";
import { type Survey, survey } from "./survey.ts";

/**
 * Hosts that the file took out are joined no more and released by those that had them as peers; every address that is
 * given now is kept. `before` is the file in force until now; null: none.
 */
export function observedAfterApply(before: Spec | null, after: Spec, observed: Observed): Observed {
  const removed = Object.keys(before?.hosts ?? {}).filter(
    (name) => own(after.hosts, name) === undefined && own(observed.hosts, name)?.joined,
  );
  const without = before && removed.length > 0 ? release(removed, survey(before, observed), observed) : observed;
  const { addresses } = planAddresses(after, without);
  const hosts = [...addresses].map(([name, address]): [string, ObservedHost] => [
    name,
    { ...(own(without.hosts, name) ?? unknownHost), ...address },
  ]);
  return { ...without, hosts: { ...without.hosts, ...Object.fromEntries(hosts) } };
}

const unknownHost: ObservedHost = { joined: false, tags: [], keys: {}, removalsConfirmedAt: 0 };

function release(removed: readonly string[], { topology }: Survey, observed: Observed): Observed {
  const hosts: Record<string, ObservedHost> = { ...observed.hosts };
  const releasedBy: Record<string, readonly string[]> = { ...observed.releasedBy };
  for (const name of removed) {
    hosts[name] = { ...hosts[name]!, joined: false, tags: [], keys: {} };
    releasedBy[name] = namesOfPeers(name, topology);
  }
  return { ...observed, hosts, released: [...new Set([...observed.released, ...removed])].sort(), releasedBy };
}
