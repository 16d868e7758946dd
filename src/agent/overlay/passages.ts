// What a relay lets through between its spokes. Those that exchange packets with the same others share one list of them, so that
// a thousand hosts in groups are a few lists of addresses and not half a million pairs.
import type { ForwardObject } from "../../wire/mesh.ts";

/** What comes from each of these may go to each of those: prefixes, sorted. */
export interface Passage {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** Who crosses to whom, besides each spoke to itself: what is for a host's own address never comes here. */
export function passagesOf(forwards: readonly ForwardObject[]): readonly Passage[] {
  const spokes = new Map(forwards.map((spoke) => [spoke.host, spoke]));
  const [paired, probed] = [closed(spokes, ({ pairs }) => pairs), closed(spokes, ({ probesOnly }) => probesOnly)];
  const passages = new Map<string, { readonly from: string[]; readonly to: readonly string[] }>();
  const add = (from: readonly string[], pairs: readonly string[], probes: readonly string[]) => {
    if (pairs.length + probes.length === 0) return;
    const key = `${pairs.join(" ")}|${probes.join(" ")}`;
    const known = passages.get(key) ?? { from: [], to: addressesOf(pairs, probes, spokes) };
    known.from.push(...from);
    passages.set(key, known);
  };
  for (const spoke of forwards) {
    const [pairs, probes] = [paired.get(spoke.host) ?? [], probed.get(spoke.host) ?? []];
    add(spoke.prefixes, pairs, []);
    add(probesOf(spoke), pairs, probes);
  }
  return [...passages.values()].map(({ from, to }) => ({ from: from.sort(), to }));
}

type Spokes = ReadonlyMap<string, ForwardObject>;

/** For each spoke that has others, these and itself, by name: the same list for all of a group. */
function closed(spokes: Spokes, after: (spoke: ForwardObject) => readonly string[]) {
  const others = new Map<string, string[]>();
  const add = (name: string, other: string) => {
    const known = others.get(name);
    if (known) known.push(other);
    else others.set(name, [name, other]);
  };
  for (const spoke of spokes.values()) {
    for (const name of after(spoke)) {
      if (!spokes.has(name)) continue;
      add(spoke.host, name);
      add(name, spoke.host);
    }
  }
  for (const names of others.values()) names.sort();
  return others;
}

function addressesOf(pairs: readonly string[], probes: readonly string[], spokes: Spokes): readonly string[] {
  const all = pairs.flatMap((name) => [...spokes.get(name)!.prefixes, ...probesOf(spokes.get(name)!)]);
  return [...new Set([...all, ...probes.flatMap((name) => probesOf(spokes.get(name)!))])].sort();
}

/** Probes come to one interface of the relay or the other, and leave by the same. */
const probesOf = ({ probe, bypassProbe }: ForwardObject) =>
  bypassProbe === undefined ? [probe] : [probe, bypassProbe];
