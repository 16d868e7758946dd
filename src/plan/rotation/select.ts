// Whose turn it is: never both ends of a pair at once, never a relay together with its spokes, and few at a time. Pure.
import type { PlaneName } from "../../wire/mesh.ts";
import type { Member } from "../members.ts";
import { relaysOf } from "../relays.ts";
import type { Topology } from "../topology.ts";
import { bypassEnds } from "./bypass.ts";
import type { PendingHost, RotationRun, RotationStep } from "./run.ts";
import { isGone, memberOf, participants, type RotationView } from "./view.ts";

/** Hosts at a time. */
const mostAtOnce = 4;

/** The planes whose key a host uses, in the order of their rotation. */
export function rotatedPlanes(member: Member, topology: Topology): readonly PlaneName[] {
  if (member.keys.pw0 === undefined) return [];
  const legs = (topology.legs.get(member) ?? []).map(({ plane }) => plane);
  return ["pw0", ...legs, ...(relaysOf([member]).length > 0 ? (["pwr"] as const) : [])];
}

/** The first host that can begin now, and its step; without a step it has nothing to renew any more. */
export function nextInLine(
  run: RotationRun,
  view: RotationView,
): { readonly host: string; readonly step?: RotationStep } | undefined {
  for (const pending of run.pending) {
    const planes = planesLeft(pending, view);
    if (planes.length === 0) return { host: pending.host };
    if (obstacle(pending, run, view) === undefined)
      return { host: pending.host, step: firstStep(pending.host, planes, view) };
  }
  return undefined;
}

/** Why a host's turn has not come; undefined: it has. */
export function obstacle(pending: PendingHost, run: RotationRun, view: RotationView): string | undefined {
  const { host } = pending;
  const planes = planesLeft(pending, view);
  const names = new Set(planes.flatMap((plane) => [...participants({ host, plane }, view)]));
  const silent = [...names].find(
    (name) => !view.word(name)?.isReachable && !(name !== host && isGone(name, names, view)),
  );
  if (silent !== undefined)
    return silent === host ? "it is unreachable" : `${silent}, which has a tunnel to it, is unreachable`;
  const behind = [...names].find((name) => view.word(name)?.isReachable && !view.word(name)!.isCurrent);
  if (behind !== undefined) return `${behind === host ? "it" : behind} has not confirmed its state yet`;
  const other = run.active.find(
    (step) => step.host === host || names.has(step.host) || participants(step, view).has(host),
  );
  if (other !== undefined) return `${other.host} is renewed now`;
  return run.active.length >= mostAtOnce ? "others come first" : undefined;
}

/** The planes of a host that come yet. */
export function planesLeft({ host, planes }: PendingHost, view: RotationView): readonly PlaneName[] {
  const member = memberOf(view, host);
  const used = member === undefined ? [] : rotatedPlanes(member, view.topology);
  return used.filter((plane) => planes?.includes(plane) ?? true);
}

function firstStep(host: string, [plane, ...left]: readonly PlaneName[], view: RotationView): RotationStep {
  const from = memberOf(view, host)!.generations[plane!] ?? 1;
  const to = { generation: from + 1 };
  const asked = askedFor({ host, plane: plane! }, view);
  return {
    ...{ host, plane: plane!, phase: "prepare", sinceMs: view.nowMs, from, to, asked },
    ...{ bypass: {}, proofs: [], left },
  };
}

/** Hosts that make a key for the bypass of a step which begins now. */
export function askedFor(step: Pick<RotationStep, "host" | "plane">, view: RotationView): readonly string[] {
  return bypassEnds(step, view.topology, (name) => view.word(name)?.capability ?? 0);
}
