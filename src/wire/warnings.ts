// Warnings are values that `status`, `plan`, `doctor` and the dashboard all show alike.

export interface Warning {
  /** Stable and machine-readable, camelCase: `hostOffline`, `snapshotRefused`. */
  readonly code: string;
  readonly severity: "info" | "warning" | "critical";
  /** The host, route or service it is about. */
  readonly subject?: string;
  /** What of the subject, where one code may be true of several: a service of a host, an edge of a service. */
  readonly part?: string;
  /** One sentence: what is wrong. */
  readonly text: string;
  /** One sentence: what to do; empty where nothing is to be done. */
  readonly hint: string;
}

/** The same for one warning over time, whatever its sentence says by now, and another's for no other. */
export const warningKey = ({ code, subject = "", part = "" }: Pick<Warning, "code" | "subject" | "part">) =>
  [code, subject, part].join(" ");
