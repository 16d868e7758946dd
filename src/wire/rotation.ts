// Rotation of keys as the API tells and takes it.

/** Body of POST /v1/rotation: whose keys, by one of these. */
export interface RotationRequest {
  readonly hosts?: readonly string[];
  readonly tag?: string;
  readonly all?: boolean;
  /** Those that are due by the file's schedule, and only the keys that are. */
  readonly due?: boolean;
}

/** GET /v1/rotation, and the answer of those that change it. */
export interface RotationAnswer {
  /** The last one, over or not; absent: there never was one. */
  readonly run?: RotationReport;
  readonly keys: KeyAges;
}

/** How old the keys in use are. */
export interface KeyAges {
  /** By the file; absent: no key is due by itself. */
  readonly everyMs?: number;
  readonly inUse: number;
  readonly oldest?: { readonly host: string; readonly plane: string; readonly since: string };
  /** The oldest first. */
  readonly due: readonly { readonly host: string; readonly plane: string; readonly since: string }[];
}

export interface RotationReport {
  readonly number: number;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly abortedBy?: string;
  /** Keys that are new. */
  readonly renewed: number;
  readonly active: readonly {
    readonly host: string;
    readonly plane: string;
    readonly phase: string;
    readonly since: string;
    /** What it waits for now. */
    readonly waitsFor?: string;
    /** Why it goes back to the old key. */
    readonly undo?: string;
  }[];
  readonly pending: readonly {
    readonly host: string;
    readonly planes: readonly string[];
    readonly waitsFor?: string;
  }[];
  readonly failed: readonly {
    readonly host: string;
    readonly plane: string;
    readonly reason: string;
    readonly pair?: readonly [string, string];
  }[];
}
