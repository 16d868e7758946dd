// An edge's status as control and the local socket get it.
import { version } from "../lib/version.ts";
import { capability } from "../wire/capability.ts";
import type { BreakerReport, GatewayState } from "../wire/edge-state.ts";
import type { EdgeStatus, TargetStatus } from "../wire/stream.ts";
import type { Warning } from "../wire/warnings.ts";
import { drainsLeft } from "./drains.ts";
import type { CheckedService } from "./health/checked.ts";
import type { NginxKeeper } from "./keep-nginx.ts";
import type { SnapshotKeeper } from "./keep-snapshot.ts";
import type { NameKeeper } from "./names/keep-names.ts";
import type { FoundNginx } from "./nginx-found.ts";
import type { StreamOpen } from "./stream-open.ts";
import type { Telemetry } from "./telemetry.ts";
import type { TrustFiles } from "./trust-files.ts";

/** A status names this many targets and breakers at most: those that need attention first. */
const maxTargets = 500;
const maxBreakers = 500;
const maxDrains = 500;
const maxListeners = 500;

export interface StatusFacts {
  readonly keeper: Pick<NginxKeeper, "configError">;
  readonly snapshots: Pick<SnapshotKeeper, "revision" | "error" | "warnings">;
  readonly trusts: Pick<TrustFiles, "warnings">;
  readonly names: Pick<NameKeeper, "warnings">;
  readonly polled: Pick<Telemetry, "rates" | "state">;
  readonly found: FoundNginx;
  /** In force, and those of listeners. */
  readonly services: readonly CheckedService[];
  /** Control gives this host an nginx object. */
  readonly isEdge: boolean;
  readonly isRemoved: boolean;
  /** A route asks for a compression that this host cannot do. */
  readonly lacksBrotli: boolean;
  /** Why the wanted listeners are not in force. */
  readonly listenersError: string | undefined;
  /** Connections of listeners. */
  readonly open: Pick<StreamOpen, "listeners" | "to" | "leftOf">;
  readonly failures: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

export function edgeStatus(facts: StatusFacts): EdgeStatus {
  const configError = facts.keeper.configError();
  const snapshotError = facts.snapshots.error();
  const state = facts.polled.state();
  const targets = targetsOf(facts.services, state, facts.open);
  const listeners = facts.open.listeners();
  const drains = drainsLeft(state ?? {}, facts.open);
  return {
    program: "edge",
    capability,
    version,
    revision: facts.snapshots.revision(),
    nginx: {
      running: facts.found.master !== undefined,
      workers: facts.found.workers.length,
      ...leavingOf(facts.found, state),
      ...(configError !== undefined && { configError }),
    },
    ...(snapshotError !== undefined && { snapshotError }),
    ...facts.polled.rates(),
    targets: targets.slice(0, maxTargets),
    ...(drains.length > 0 && { drains: drains.slice(0, maxDrains) }),
    ...(listeners.length > 0 && { listeners: listeners.slice(0, maxListeners) }),
    breakers: breakersOf(state).slice(0, maxBreakers),
    warnings: [...warningsOf(facts), ...trafficWarnings(targets, state)],
    clockMs: facts.nowMs,
  };
}

/** Old workers that have requests left, as they say themselves. */
function leavingOf({ leaving }: FoundNginx, state: GatewayState | undefined): Pick<EdgeStatus["nginx"], "leaving"> {
  const told = state?.leaving?.filter(({ pid, requests }) => requests > 0 && leaving.includes(pid)) ?? [];
  const requests = told.reduce((sum, worker) => sum + worker.requests, 0);
  return told.length === 0 ? {} : { leaving: { workers: told.length, requests } };
}

/** Every target of the services in force, those left out first. */
function targetsOf(
  services: readonly CheckedService[],
  state: GatewayState | undefined,
  open: StatusFacts["open"],
): TargetStatus[] {
  const key = (service: string, target: string) => `${service}\0${target}`;
  const ejected = new Set(state?.ejected.map(({ service, target }) => key(service, target)));
  const reasons = new Map(state?.down?.map(({ service, target, reason }) => [key(service, target), reason]));
  const targets = services.flatMap(({ name: service, targets }) =>
    targets.map(({ name: target }): TargetStatus => {
      const down = reasons.get(key(service, target));
      const connections = open.to(service, target);
      return {
        service,
        target,
        ejected: ejected.has(key(service, target)),
        ...(down !== undefined && { down }),
        ...(connections !== undefined && { connections }),
      };
    }),
  );
  return targets.sort((a, b) => Number(isOut(b)) - Number(isOut(a)));
}

const isOut = ({ ejected, down }: TargetStatus) => ejected || down !== undefined;

/** Those that are not closed first. */
function breakersOf(state: GatewayState | undefined): BreakerReport[] {
  const isClosed = ({ state }: BreakerReport) => Number(state === "closed");
  return [...(state?.breakers ?? [])].sort((a, b) => isClosed(a) - isClosed(b) || (a.service < b.service ? -1 : 1));
}

function trafficWarnings(targets: readonly TargetStatus[], state: GatewayState | undefined): Warning[] {
  const left = new Set(targets.flatMap((target) => (isOut(target) ? [] : [target.service])));
  const lost = new Set(targets.flatMap(({ service }) => (left.has(service) ? [] : [service])));
  const open = breakersOf(state).filter((breaker) => breaker.state === "open");
  return [
    ...[...lost].map((subject): Warning => {
      const text = `No target of ${subject} is well, so all of them are tried.`;
      return {
        code: "allTargetsOut",
        severity: "critical",
        subject,
        text,
        hint: "Look at its targets: their checks or their answers fail.",
      };
    }),
    ...open.map(({ service: subject, reason }): Warning => {
      const text = `The breaker of ${subject} is open (${reason}): its requests are refused.`;
      const hint = "It lets a few through after its cooldown, and closes when they succeed.";
      return { code: "breakerOpen", severity: "warning", subject, text, hint };
    }),
  ];
}

function warningsOf(facts: StatusFacts): readonly Warning[] {
  const { snapshots, trusts, names, failures, isEdge, isRemoved, lacksBrotli, listenersError } = facts;
  const warnings = [...snapshots.warnings(), ...trusts.warnings(), ...names.warnings()];
  for (const [part, text] of Object.entries(failures)) {
    const hint = "It is tried again by itself; the edge's log says more.";
    warnings.push({ code: "edgeFailed", severity: "critical", subject: part, text, hint });
  }
  if (lacksBrotli) {
    const text = "Routes compress with brotli, and nginx has no module for it here: they use gzip.";
    const hint = "Install libnginx-mod-http-brotli-filter and restart the edge, or write encodings: [gzip].";
    warnings.push({ code: "brotliMissing", severity: "info", text, hint });
  }
  if (listenersError !== undefined) {
    const isModule = listenersError.includes("ngx_stream_module");
    const text = `The listeners of portway.yaml are not in force: ${listenersError}`;
    const hint = isModule ? "Install libnginx-mod-stream." : "Those of before stay; mend the file or free the port.";
    warnings.push({ code: "listenersRefused", severity: "critical", text, hint });
  }
  if (isRemoved) {
    const text = "Control has removed this host; what it served before stays.";
    warnings.push({ code: "hostRemoved", severity: "critical", text, hint: "Stop the edge: portway down." });
  } else if (!isEdge) {
    const text = "portway.yaml gives this host no edge role; what it served before stays.";
    warnings.push({ code: "noEdgeRole", severity: "warning", text, hint: "Add roles: [edge], or stop the edge." });
  }
  return warnings;
}
