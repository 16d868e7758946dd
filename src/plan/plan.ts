// What a change of the file will do, before it is done.
import type { Spec } from "../spec/types.ts";
import type { NginxObject } from "../wire/edge.ts";
import type { OwnNetwork } from "../wire/networks.ts";
import { deltaOf, type Objects } from "../wire/objects.ts";
import type { Plan } from "../wire/plan.ts";
import type { Warning } from "../wire/warnings.ts";
import { observedAfterApply } from "./after-apply.ts";
import { canonicalJson } from "./canonical-json.ts";
import { changesBetween, type Side } from "./changes.ts";
import type { Compiled } from "./compiled.ts";
import { type ControlDoor, cutOffRisk } from "./cut-off.ts";
import { edgeFileRisks } from "./edge-files.ts";
import type { Observed } from "./observed.ts";
import { overlapRisks } from "./overlaps.ts";
import { own } from "./own.ts";
import { type Compiler, createCompiler } from "./recompile.ts";
import { handOverRisk, reloadRisk, risksOf } from "./risks.ts";

/** A file and what the registry knows beside it. */
export interface Situation {
  readonly spec: Spec;
  readonly observed: Observed;
  /** Networks that hosts said they have of their own. */
  readonly networksOf?: (host: string) => readonly OwnNetwork[];
  /** What edges warned of lately. */
  readonly edgeWarningsOf?: (host: string) => readonly Warning[] | undefined;
}

/**
 * From the situation in force (null: none yet) to the one that is asked for. What apply would write about hosts that
 * the file takes out is looked ahead at here, so `observed` is on both sides what the registry says now. With a compiler
 * that remembers one of the two the time goes with what differs.
 * `doors` are where hosts reach control.
 */
export function plan(
  before: Situation | null,
  after: Situation,
  baseRevision: number,
  compiler: Compiler = createCompiler(),
  doors: readonly ControlDoor[] = [],
): Plan {
  const observed = observedAfterApply(before?.spec ?? null, after.spec, after.observed);
  const sideOf = ({ spec, observed }: Situation): Side => ({ spec, ...compiler(spec, observed) });
  const old = before && sideOf(before);
  const next = sideOf({ spec: after.spec, observed });
  const overlaps = (side: Side) => overlapRisks(side.spec, side.survey, after.networksOf ?? (() => []));
  const told = (side: Side) => [...side.compiled.warnings, ...overlaps(side)];
  const known = new Set(old && told(old).map(canonicalJson));
  const reloads = reloadingEdges(old?.compiled, next.compiled);
  const risks = [
    ...risksOf(old, next, observed),
    ...cutOffRisk(old ?? undefined, next, doors),
    ...told(next).filter((warning) => !known.has(canonicalJson(warning))),
    ...edgeFileRisks(old?.compiled, next.compiled, after.edgeWarningsOf ?? (() => undefined)),
    ...reloads.map((edge) => reloadRisk(edge, after.spec)),
    ...(before === null ? [] : reloads.flatMap((edge) => handOverRisk(edge, before.spec, after.spec))),
  ];
  return {
    baseRevision,
    changes: changesBetween(old, next),
    affectedHosts: affectedHosts(old?.compiled, next.compiled),
    risks: gravestFirst(risks),
    reloads,
  };
}

function affectedHosts(before: Compiled | undefined, after: Compiled): Plan["affectedHosts"] {
  const names = [...new Set([...Object.keys(before?.hosts ?? {}), ...Object.keys(after.hosts)])].sort();
  return names.flatMap((host) => {
    const was = before && own(before.hosts, host);
    const is = own(after.hosts, host);
    const deltas = [delta(was?.mesh, is?.mesh), delta(was?.edge, is?.edge)];
    const upserts = deltas.reduce((sum, one) => sum + Object.keys(one.upserts).length, 0);
    const removes = deltas.reduce((sum, one) => sum + one.removes.length, 0);
    return upserts + removes > 0 ? [{ host, upserts, removes }] : [];
  });
}

function delta(before: Objects | null | undefined, after: Objects | null | undefined) {
  return before === after ? noDelta : deltaOf(before ?? {}, after ?? {});
}

const noDelta = deltaOf({}, {});

/** Edges whose nginx.conf differs; certificates are chosen at run time and need no reload. */
function reloadingEdges(before: Compiled | undefined, after: Compiled): readonly string[] {
  return Object.keys(after.hosts)
    .filter((name) => {
      const [was, is] = [before && own(before.hosts, name)?.edge?.["nginx"], own(after.hosts, name)?.edge?.["nginx"]];
      return was !== undefined && is !== undefined && nginxConfPart(was) !== nginxConfPart(is);
    })
    .sort();
}

function nginxConfPart(text: string): string {
  const { certificates: _, selfSignedNames: __, ...rest } = JSON.parse(text) as NginxObject;
  return canonicalJson(rest);
}

function gravestFirst(warnings: readonly Warning[]): readonly Warning[] {
  const order: readonly Warning["severity"][] = ["critical", "warning", "info"];
  return [...warnings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}
