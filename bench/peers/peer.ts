// Gateways that take part in `make bench` where their program is on PATH.

export interface PeerOptions {
  readonly upstream: number;
  /** Where the peer listens. */
  readonly subject: number;
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
