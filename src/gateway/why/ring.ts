// The reports of all workers in shared memory: two rings, so that what is sampled does not push out what failed.
//
//   failure          how many failures were kept so far
//   failure/17       "ID {…}", the report in the seventeenth place
//   id/ID            "failure/17"

import type { SharedCounts } from "../shared-counts.ts";

export type Ring = "sample" | "failure";

/** Reports of a ring; at 4 KiB a report both fit into pw_why. */
export const ringSize = 1000;
/** Bytes of JSON. */
export const longestReport = 4096;

/** False: the report is too long to be kept. */
export function keep(shared: SharedCounts, ring: Ring, id: string, text: string): boolean {
  if (text.length > longestReport) return false;
  const [count] = shared.incr(ring, 1, 0);
  if (count === undefined) return false;
  const place = `${ring}/${count % ringSize}`;
  const [old] = shared.get(place);
  if (old !== undefined) shared.delete(`id/${idOf(old as string)}`);
  shared.set(place, `${id} ${text}`);
  shared.set(`id/${id}`, place);
  return true;
}

/** The report of a request, JSON. */
export function find(shared: SharedCounts, id: string): string | undefined {
  const [place] = shared.get(`id/${id}`);
  if (place === undefined) return undefined;
  const [kept] = shared.get(place as string);
  return kept === undefined || idOf(kept as string) !== id ? undefined : textOf(kept as string);
}

/** The last reports of a ring, newest first, at most `most`. */
export function lastOf(shared: SharedCounts, ring: Ring, most: number): string[] {
  const [count] = shared.get(ring);
  const texts: string[] = [];
  if (count === undefined) return texts;
  const last = count as number;
  for (let number = last; number > Math.max(0, last - Math.min(most, ringSize)); number--) {
    const [kept] = shared.get(`${ring}/${number % ringSize}`);
    if (kept !== undefined) texts.push(textOf(kept as string));
  }
  return texts;
}

const idOf = (kept: string) => kept.substring(0, kept.indexOf(" "));
const textOf = (kept: string) => kept.substring(kept.indexOf(" ") + 1);
