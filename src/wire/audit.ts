// The audit chain as the control API shows it.

export interface AuditEntry {
  /** 1, 2, 3, … without a gap. */
  readonly sequence: number;
  /** ISO 8601. */
  readonly at: string;
  /** `local:root`, `token:ID`, `host:api-1`, `system`. */
  readonly author: string;
  /** `spec.apply`, `token.create`, `host.join`, … */
  readonly action: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** SHA-256 of the entry before, hex; zeros for the first. */
  readonly previous: string;
  /** SHA-256 over this entry's canonical JSON without `hash`, hex. */
  readonly hash: string;
}

/** Entries of the audit chain that one answer has at the most. */
export const auditPage = 500;

/** GET /v1/audit?limit=100&before=SEQUENCE: newest first. */
export interface AuditAnswer {
  readonly entries: readonly AuditEntry[];
}

export interface AuditVerification {
  readonly ok: boolean;
  readonly entries: number;
  /** The head's hash: kept elsewhere and given to a later verification, it shows a rewritten or shortened chain. */
  readonly head: string;
  /** The entry that has the hash which was asked for. */
  readonly keptAt?: number;
  readonly problem?: { readonly sequence: number; readonly reason: string };
}
