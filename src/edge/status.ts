// An edge's status as control and the local socket get it.
import { version } from "../lib/version.ts";
import { capability } from "../wire/capability.ts";
import type { GatewayState, ServiceObject } from "../wire/edge.ts";
import type { Objects } from "../wire/objects.ts";
import type { EdgeStatus } from "../wire/stream.ts";
import type { Warning } from "../wire/warnings.ts";
import type { NginxKeeper } from "./keep-nginx.ts";
import type { SnapshotKeeper } from "./keep-snapshot.ts";
import type { FoundNginx } from "./nginx-found.ts";
import type { Telemetry } from "./telemetry.ts";

/** A status names this many targets at most: the ejected ones first. */
const maxTargets = 500;

export interface StatusFacts {
  readonly keeper: Pick<NginxKeeper, "configError">;
  readonly snapshots: Pick<SnapshotKeeper, "revision" | "error" | "warnings">;
  readonly polled: Pick<Telemetry, "rates" | "ejected">;
  readonly found: FoundNginx;
  /** Objects in force. */
  readonly objects: Objects;
  /** Control gives this host an nginx object. */
  readonly isEdge: boolean;
  readonly isRemoved: boolean;
  /** A route asks for a compression that this host cannot do. */
  readonly lacksBrotli: boolean;
  readonly failures: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

export function edgeStatus(facts: StatusFacts): EdgeStatus {
  const configError = facts.keeper.configError();
  const snapshotError = facts.snapshots.error();
  return {
    program: "edge",
    capability,
    version,
    revision: facts.snapshots.revision(),
    nginx: {
      running: facts.found.master !== undefined,
      workers: facts.found.workers.length,
      ...(configError !== undefined && { configError }),
    },
    ...(snapshotError !== undefined && { snapshotError }),
    ...facts.polled.rates(),
    targets: targetsOf(facts.objects, facts.polled.ejected()),
    warnings: warningsOf(facts),
    clockMs: facts.nowMs,
  };
}

/** Every target of the services in force, ejected ones first. */
function targetsOf(objects: Objects, ejected: GatewayState["ejected"]): EdgeStatus["targets"] {
  const out = new Set(ejected.map(({ service, target }) => `${service}\0${target}`));
  const targets = Object.keys(objects)
    .filter((key) => key.startsWith("service/"))
    .flatMap((key) => {
      const service = JSON.parse(objects[key]!) as ServiceObject;
      return service.targets.map(({ name }) => {
        return { service: service.name, target: name, ejected: out.has(`${service.name}\0${name}`) };
      });
    });
  return targets.sort((a, b) => Number(b.ejected) - Number(a.ejected)).slice(0, maxTargets);
}

function warningsOf({ snapshots, failures, isEdge, isRemoved, lacksBrotli }: StatusFacts): readonly Warning[] {
  const warnings = [...snapshots.warnings()];
  for (const [part, text] of Object.entries(failures)) {
    const hint = "It is tried again by itself; the edge's log says more.";
    warnings.push({ code: "edgeFailed", severity: "critical", subject: part, text, hint });
  }
  if (lacksBrotli) {
    const text = "Routes compress with brotli, and nginx has no module for it here: they use gzip.";
    const hint = "Install libnginx-mod-http-brotli-filter and restart the edge, or write encodings: [gzip].";
    warnings.push({ code: "brotliMissing", severity: "info", text, hint });
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
