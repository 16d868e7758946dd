// What Portway is measured beside: nginx and HAProxy always, the gateways that are a `Peer` where their program is on PATH.

export interface Ports {
  readonly upstream: number;
  /** Where the peer listens. */
  readonly subject: number;
}

export interface PeerOptions extends Ports {
  /** Its own; what it writes goes there. */
  readonly folder: string;
  readonly issuer: string;
  readonly audience: string;
  /** The public key as a JWK set, for those that check tokens. */
  readonly jwks: string;
}

export interface Peer {
  readonly program: string;
  /** What it does of the chain, for the table. */
  readonly does: string;
  readonly files: (options: PeerOptions) => Readonly<Record<string, string>>;
  /** Words after the program; files stand in `folder`. */
  readonly words: (options: PeerOptions) => readonly string[];
}

/** A rate that no run reaches: the limit is counted, and refuses nothing. */
export const neverReached = 100_000_000;
