// Warnings are values that `status`, `plan`, `doctor` and the dashboard all show alike.

export interface Warning {
  /** Stable and machine-readable, camelCase: `hostOffline`, `snapshotRefused`. */
  readonly code: string;
  readonly severity: "info" | "warning" | "critical";
  /** The host, route or service it is about. */
  readonly subject?: string;
  /** One sentence: what is wrong. */
  readonly text: string;
  /** One sentence: what to do; empty where nothing is to be done. */
  readonly hint: string;
}
