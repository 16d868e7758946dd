// How a machine becomes a host of the network, and stays it.
import type { OwnNetwork } from "./networks.ts";

export interface JoinRequest {
  readonly secret: string;
  /** The fingerprint in the token: another authority refuses it as `wrongAuthority` rather than as unknown. */
  readonly ca?: string;
  readonly name: string;
  /** PEM certificate signing request made with the host's Ed25519 identity key. */
  readonly csr: string;
  readonly keys: readonly { readonly plane: string; readonly publicKey: string; readonly generation: number }[];
  readonly capability: number;
  /** Networks that the machine has of its own. */
  readonly networks?: readonly OwnNetwork[];
}

export interface JoinAnswer {
  readonly name: string;
  readonly network: string;
  /** What the file gives this host by now: `edge` tells it to start its edge too. */
  readonly roles: readonly string[];
  /** An administrator has to approve the host before it is told anything. */
  readonly waiting?: boolean;
  /** PEM: the host's certificate and the intermediate. */
  readonly certificate: string;
  readonly controlUrls: readonly string[];
}

/** A header of what a host's programs send: made anew by each when it starts, so that a copied machine is told apart. */
export const instanceHeader = "portway-instance";

/** Body of POST /v1/self/renew: a request made with the host's own identity key. */
export interface RenewRequest {
  /** PEM */
  readonly csr: string;
}

export interface RenewAnswer {
  /** PEM: the host's new certificate and the intermediate. */
  readonly certificate: string;
}
