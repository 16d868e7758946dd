// What `plan` says about a change of the file; the command line, the API and the dashboard show the same values.
import type { Warning } from "./warnings.ts";

export type ChangeAction = "add" | "change" | "remove";

/** One thing that differs between what is and what the file asks for. */
export interface Change {
  readonly kind: "network" | "host" | "pair" | "access" | "service" | "route" | "listener" | "policy" | "edge" | "tls";
  readonly action: ChangeAction;
  /** `api-1`, `api-1 ↔ db-1`, `orders` */
  readonly name: string;
  /** One line each, `field: old → new` or a short fact. */
  readonly details: readonly string[];
}

export interface Plan {
  /** The registry revision of the spec that this plan compares with; apply is bound to it. */
  readonly baseRevision: number;
  readonly changes: readonly Change[];
  /** Hosts whose desired state changes, with how many objects are written and removed. */
  readonly affectedHosts: readonly { readonly host: string; readonly upserts: number; readonly removes: number }[];
  /** Risk notes: what may interrupt traffic, hosts that lose all access, new public routes without authentication. */
  readonly risks: readonly Warning[];
  /** True when an edge must reload nginx.conf. */
  readonly reloads: readonly string[];
}

/** One finding of the file's checks. Line and column start at 1. */
export interface Issue {
  readonly severity: "error" | "warning";
  /** Stable: `unknownKey`, `unknownName`, `notSupportedYet`, … */
  readonly code: string;
  readonly line: number;
  readonly column: number;
  /** `routes[0].use.jwt` */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
}
