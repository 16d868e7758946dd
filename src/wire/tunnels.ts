// What an agent tells the edge of its host about tunnels: one small file (paths.tunnels), written anew every few seconds. An
// edge works without it; a file that stays as it is says nothing any more.

export interface Tunnels {
  /** Another with each writing. */
  readonly sequence: number;
  /** By the name of the host at the other end. */
  readonly hosts: Readonly<Record<string, Tunnel>>;
}

export interface Tunnel {
  /** Probes were sent by every path for long enough, and none came back. */
  readonly isDark: boolean;
  /** By the path in use, smoothed. */
  readonly roundTripMs?: number;
}

/** How often the file is written at least. */
export const tunnelsEveryMs = 2_000;

/** Undefined: it is not such a file. */
export function tunnelsFrom(value: unknown): Tunnels | undefined {
  if (!isRecord(value) || typeof value["sequence"] !== "number" || !isRecord(value["hosts"])) return undefined;
  const isTunnel = (one: unknown) =>
    isRecord(one) && typeof one["isDark"] === "boolean" && ["number", "undefined"].includes(typeof one["roundTripMs"]);
  return Object.values(value["hosts"]).every(isTunnel) ? (value as unknown as Tunnels) : undefined;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
