// Who calls: the local administrator by the socket, a remote one by token, a host by its certificate, or nobody known.
import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Clock } from "../lib/clock.ts";
import { fingerprintOfKey } from "../lib/fingerprint.ts";
import type { RegistryReader } from "../registry/store.ts";
import { AppError } from "../wire/errors.ts";
import { instanceHeader } from "../wire/join.ts";
import type { StreamPart } from "../wire/stream.ts";
import { decodeAdminToken } from "../wire/token.ts";
import type { Visitor } from "./clones.ts";
import type { Facts } from "./facts.ts";
import type { Throttle } from "./throttle.ts";
import { usableToken } from "./tokens.ts";

/** The listener that a request came in by. */
export type Door = "socket" | "network";

interface HostCaller {
  readonly kind: "host";
  readonly author: string;
  readonly name: string;
  readonly identity: string;
}

export type Caller = { readonly kind: "admin"; readonly author: string } | HostCaller | { readonly kind: "nobody" };

/** Who stands in the audit chain for what this caller does. */
export function authorOf(caller: Caller): string {
  return caller.kind === "nobody" ? "nobody" : caller.author;
}

export type Access = "public" | "admin" | "host";

export interface Gatekeeper {
  readonly registry: RegistryReader;
  readonly clock: Pick<Clock, "now">;
  readonly throttle: Throttle;
  readonly facts: () => Facts;
}

/** Who sends this request; throws when it claims to be somebody it cannot prove to be. */
export async function callerOf(keeper: Gatekeeper, door: Door, incoming: IncomingMessage): Promise<Caller> {
  if (door === "socket") return { kind: "admin", author: "local:root" }; // its mode lets nobody else in
  const identity = identityOf(incoming);
  if (identity !== undefined) return hostOf(identity, keeper.facts());
  const authorization = incoming.headers.authorization;
  if (authorization === undefined) return { kind: "nobody" };
  return guarded(keeper.throttle, addressOf(incoming), async () => {
    const secret = decodeAdminToken(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "");
    if (secret === undefined) {
      throw new AppError("tokenInvalid", "the Authorization header holds no administrator's token", {
        hint: "it reads `Bearer pwa1.…`; make one with: portway token create --admin",
      });
    }
    const { id } = await usableToken(keeper.registry, "admin", secret, keeper.clock.now());
    return { kind: "admin", author: `token:${id}` };
  });
}

/** Throws unless this caller may use what is for `access`. */
export function demandAccess(access: Access, caller: Caller): void {
  if (access === "public" || access === caller.kind) return;
  if (caller.kind === "nobody") {
    throw new AppError(
      "unauthenticated",
      access === "host" ? "only a host of the network may do this" : "who are you?",
      {
        hint:
          access === "host"
            ? "the certificate that the host got when it joined is needed"
            : "use the socket on the control host as root, or an administrator's token",
      },
    );
  }
  throw new AppError("forbidden", caller.kind === "host" ? "a host may not do this" : "only a host itself may do this");
}

/** Counts an unknown or malformed token against the address, and refuses an address that tried too many. */
export async function guarded<T>(throttle: Throttle, address: string, work: () => Promise<T>): Promise<T> {
  const waitMs = throttle.waitMs(address);
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000);
    throw new AppError("tooManyRequests", "too many failed attempts from this address", {
      hint: `try again in ${seconds} s`,
      details: { retryAfterSeconds: seconds },
    });
  }
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === "tokenInvalid") throttle.failed(address);
    throw error;
  }
}

/** The address that a request came from, for the throttle and the log; IPv4 as such, also on a socket of both families. */
export function addressOf(incoming: IncomingMessage): string {
  return incoming.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, "") ?? "local";
}

const identities = new WeakMap<TLSSocket, string>();

/**
 * The identity that the connection's client certificate proves. `authorized` alone is not enough: a session that is
 * resumed without a certificate has it too.
 */
function identityOf({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  if (!socket.authorized) return refuseExpired(socket);
  const known = identities.get(socket);
  if (known !== undefined) return known;
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return undefined;
  const identity = fingerprintOfKey(certificate.toString());
  identities.set(socket, identity);
  return identity;
}

const names = new WeakMap<Facts["hosts"], ReadonlyMap<string, string>>();

/** Names of hosts by identity: a thousand hosts each tell something every few seconds, and seldom is one of them another. */
function namesIn(hosts: Facts["hosts"]): ReadonlyMap<string, string> {
  const known = names.get(hosts);
  if (known !== undefined) return known;
  const made = new Map<string, string>();
  for (const [name, { membership, applicant }] of hosts) {
    const identity = (membership ?? applicant)?.identity;
    if (identity !== undefined && !made.has(identity)) made.set(identity, name);
  }
  names.set(hosts, made);
  return made;
}

/** A registry without a file knows nobody, so that its silence takes nobody out. Throws `hostRemoved` unless this identity is a member's, or that of a host that waits for approval. */
function hostOf(identity: string, { hosts, spec }: Facts): HostCaller {
  const name = namesIn(hosts).get(identity);
  if (name !== undefined) return { kind: "host", author: `host:${name}`, name, identity };
  if (spec === undefined) {
    throw new AppError("storeUnavailable", "this control's registry is empty: it knows no host yet", {
      hint: "was the registry lost? On the control host `portway inventory import FILE`, before any file is applied",
    });
  }
  throw new AppError("hostRemoved", "this host is not part of the network any more", {
    hint: "join again with a new token: portway join TOKEN",
  });
}

/** The name of a host that is a member at this moment, or waits to be one; throws `hostRemoved` when it was removed since it was let in. */
export function demandHost(caller: Caller, facts: Facts): string {
  if (caller.kind !== "host") throw new AppError("forbidden", "only a host itself may do this");
  return hostOf(caller.identity, facts).name;
}

/** A host whose certificate ended while it was away is told so, rather than that nobody knows it. */
function refuseExpired({ authorizationError }: TLSSocket): undefined {
  if (String(authorizationError) !== "CERT_HAS_EXPIRED") return undefined;
  throw new AppError("unauthenticated", "this host's certificate has ended: it was away for too long to renew it", {
    hint: "on the host `portway leave`, then join with a token of `portway token create --host NAME` (where control runs `portway up` does it all); it gets its address again",
  });
}

/** A program names itself by a UUID; what is much longer is no name that is worth keeping. */
const instanceName = /^[\w-]{1,64}$/;

/** The program of a host that sends this. */
export function visitorOf(host: string, part: StreamPart, incoming: IncomingMessage): Visitor {
  const given = incoming.headers[instanceHeader];
  const instance = typeof given === "string" && instanceName.test(given) ? given : undefined;
  return { host, part, instance, address: addressOf(incoming) };
}
