// How control and its hosts are now, for Prometheus. Pure. Series by host are of those that the registry knows.
import type { AgedKey } from "../../plan/rotation/due.ts";
import { type Phase, phases, type RotationRun } from "../../plan/rotation/run.ts";
import { othersOf, type Topology } from "../../plan/topology.ts";
import type { StatusAnswer } from "../../wire/api.ts";
import type { StreamPart } from "../../wire/stream.ts";
import type { Heard } from "../statuses.ts";
import type { Behind } from "./lag.ts";

export interface GaugeFacts {
  readonly status: StatusAnswer;
  readonly compiledRevision: number;
  readonly heard: ReadonlyMap<string, Heard>;
  readonly behind: readonly Behind[];
  readonly run: RotationRun | undefined;
  readonly topology: Topology | undefined;
  /** Keys that other hosts hold as a peer's. */
  readonly keys: readonly AgedKey[];
  /** It holds the lease of rotations. */
  readonly leads: boolean;
  readonly auditEntries: number;
  /** Of the registry's files; undefined where they are not here. */
  readonly registryBytes: number | undefined;
  readonly listeners: number;
  readonly nowMs: number;
}

type Values = Record<string, number>;

export function gaugesOf(facts: GaugeFacts): Readonly<Values> {
  const { status, compiledRevision, registryBytes } = facts;
  return {
    [`portway_control_info|version=${status.version}`]: 1,
    portway_control_revision: status.revision,
    portway_control_compiled_revision: compiledRevision,
    portway_control_leads: facts.leads ? 1 : 0,
    portway_audit_entries: facts.auditEntries,
    ...(registryBytes !== undefined && { portway_registry_size_bytes: registryBytes }),
    portway_event_listeners: facts.listeners,
    ...warningGauges(status),
    ...hostGauges(facts),
    ...lagGauges(facts),
    ...keyGauges(facts),
    ...rotationGauges(facts),
  };
}

function warningGauges({ warnings }: StatusAnswer): Values {
  const of = (severity: string) => warnings.filter((one) => one.severity === severity).length;
  return Object.fromEntries(
    ["info", "warning", "critical"].map((one) => [`portway_control_warnings|severity=${one}`, of(one)]),
  );
}

function hostGauges({ status: { hosts }, heard }: GaugeFacts): Values {
  const open = (part: StreamPart) =>
    [...heard.values()].reduce((sum, { streams }) => sum + streams.filter((one) => one === part).length, 0);
  const values: Values = {
    "portway_hosts|state=joined": hosts.filter(({ joined }) => joined).length,
    "portway_hosts|state=waiting": hosts.filter(({ waitingSince }) => waitingSince !== undefined).length,
    "portway_hosts|state=stale": hosts.filter(({ staleSince }) => staleSince !== undefined).length,
    "portway_streams_open|part=mesh": open("mesh"),
    "portway_streams_open|part=edge": open("edge"),
  };
  for (const { name, joined, online, connected } of hosts) {
    if (!joined) continue;
    values[`portway_host_online|host=${name}`] = online ? 1 : 0;
    values[`portway_host_connected|host=${name}`] = connected ? 1 : 0;
  }
  return values;
}

/** Of the parts that a host's programs have told of; one that holds all it should is not behind, whatever revision it tells. */
function lagGauges({ heard, behind }: GaugeFacts): Values {
  const values: Values = {};
  for (const [host, { agent, edge }] of heard) {
    const told = { mesh: agent, edge };
    for (const part of ["mesh", "edge"] as const) {
      if (told[part] === undefined) continue;
      values[`portway_host_revision_lag|host=${host},part=${part}`] = 0;
      values[`portway_host_behind_seconds|host=${host},part=${part}`] = 0;
    }
  }
  for (const { host, part, revision, forMs } of behind) {
    const { agent, edge } = heard.get(host) ?? {};
    const has = (part === "mesh" ? agent : edge)?.status.revision;
    if (has !== undefined) values[`portway_host_revision_lag|host=${host},part=${part}`] = Math.max(0, revision - has);
    if (has !== undefined) values[`portway_host_behind_seconds|host=${host},part=${part}`] = forMs / 1000;
  }
  return values;
}

function keyGauges({ status, keys, nowMs }: GaugeFacts): Values {
  const ages = keys.map(({ host, plane, sinceMs }) => [
    `portway_host_key_age_seconds|host=${host},plane=${plane}`,
    Math.max(0, (nowMs - sinceMs) / 1000),
  ]);
  return { portway_keys_due: status.rotation.keys.due.length, ...Object.fromEntries(ages) };
}

function rotationGauges({ run, topology }: GaugeFacts): Values {
  const active = run?.active ?? [];
  const left =
    run?.endedAtMs === undefined ? new Set([...(run?.pending ?? []), ...active].map(({ host }) => host)) : [];
  const stepsIn = (phase: Phase) => active.filter((step) => step.phase === phase).length;
  return {
    portway_rotation_running: run !== undefined && run.endedAtMs === undefined ? 1 : 0,
    ...Object.fromEntries(phases.map((phase) => [`portway_rotation_steps|phase=${phase}`, stepsIn(phase)])),
    portway_rotation_steps_undone: active.filter(({ undo }) => undo !== undefined).length,
    portway_rotation_hosts_left: [...left].length,
    portway_rotation_pairs_left: topology === undefined ? 0 : pairsOf(new Set(left), topology),
    ...(run && lastRun(run)),
  };
}

const results = ["renewed", "failed", "aborted"] as const;

/** What the last run came to, or has come to until now. */
function lastRun(run: RotationRun): Values {
  const { renewed, failed, abortedBy, endedAtMs } = run;
  const result = abortedBy !== undefined ? "aborted" : failed.length > 0 ? "failed" : "renewed";
  return {
    portway_rotation_keys_renewed: renewed,
    portway_rotation_keys_failed: failed.length,
    ...(endedAtMs !== undefined && {
      portway_rotation_ended_timestamp_seconds: endedAtMs / 1000,
      ...Object.fromEntries(results.map((one) => [`portway_rotation_result|result=${one}`, one === result ? 1 : 0])),
    }),
  };
}

/** Pairs that have one of these hosts at an end. */
function pairsOf(hosts: ReadonlySet<string>, topology: Topology): number {
  let ends = 0;
  for (const member of topology.members) {
    if (!hosts.has(member.name)) continue;
    for (const other of othersOf(topology, member)) ends += hosts.has(other.name) ? 1 : 2; // a pair within is met from both ends
  }
  return ends / 2;
}
