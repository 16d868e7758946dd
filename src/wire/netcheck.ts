// What an agent tells `portway netcheck` on its own host: how the line below the tunnels is, as its relays see it.

export interface LineView {
  readonly host: string;
  /** Of this machine's interfaces, with prefix length, without the overlay's own. */
  readonly addresses: readonly string[];
  readonly planes: readonly { readonly name: string; readonly port: number }[];
  readonly relays: readonly LineRelay[];
}

/** A relay that the host keeps warm. */
export interface LineRelay {
  readonly host: string;
  readonly plane: string;
  /** Where WireGuard reaches it now. */
  readonly endpoint?: string;
  /** Its probes come back through the tunnel, so that UDP gets through both ways. */
  readonly online: boolean;
  readonly roundTripMs?: number;
  /** Where it sees this host's direct plane, as it said within the last seconds. */
  readonly mapping?: string;
}
