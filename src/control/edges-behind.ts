// Waiting until edges have in force what was just written: for an answer that is of use only then.
import type { Control } from "./control.ts";

const pollMs = 20;
const longestMs = 2_000;

/** Edges that do not have this revision; connected ones are given a moment for it. */
export async function edgesBehind(
  control: Pick<Control, "facts" | "specInForce" | "compiledRevision" | "streams" | "statuses" | "clock" | "stopping">,
  revision: number,
): Promise<readonly string[]> {
  const { facts, specInForce, compiledRevision, streams, statuses, clock, stopping } = control;
  const isConnected = (edge: string) => statuses.of(edge).streams.includes("edge");
  const isBehind = (edge: string) => {
    const told = streams.told(edge, "edge");
    const has = statuses.of(edge).edge?.status.revision;
    return told === undefined || has === undefined || has < told.revision || compiledRevision() < revision;
  };
  const hosts = specInForce(facts())?.hosts ?? {};
  const edges = Object.keys(hosts).filter(
    (name) => hosts[name]!.roles.includes("edge") && facts().hosts.get(name)?.membership !== undefined,
  );
  const deadline = clock.monotonic() + longestMs;
  while (edges.some((edge) => isConnected(edge) && isBehind(edge))) {
    if (clock.monotonic() >= deadline || stopping.aborted) break;
    await clock.sleep(pollMs, stopping);
  }
  return edges.filter((edge) => !isConnected(edge) || isBehind(edge)).sort();
}
