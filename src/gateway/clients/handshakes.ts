// New TLS connections of one address, decided on in the client hello, before the handshake costs anything: so many in a time, and
// none for a while after floods. Here the address is the connection's own: that of a trusted proxy stands for many clients, and
// what another nginx of this host hands on comes from no address, so that neither is limited.
import { networkOf } from "../client-address.ts";
import { current } from "../current.ts";
import type { Buckets, Limit, Verdict } from "../gcra.ts";
import { takeToken } from "../gcra.ts";
import { countRejection } from "../rare-counts.ts";
import { nowMs } from "../request.ts";
import { isBanned } from "./flood-bans.ts";
import { isTrustedProxy } from "./trusted-proxies.ts";

export interface HandshakeLimits {
  /** Absent: any. */
  readonly rate: Limit | undefined;
  /** Absent: floods ban nobody. */
  readonly banSeconds: number | undefined;
}

/** @noSelf */
interface ClientAddress {
  readonly raw_client_addr: () => LuaMultiReturn<[address: string | undefined, family?: string]>;
}

const ssl: ClientAddress = require("ngx.ssl");
const buckets = ngx.shared.pw_handshakes as unknown as Buckets;
const verdict: Verdict = { allowed: true, remaining: 0, waitMicros: 0 };

/** ssl_client_hello: whether the handshake may go on. */
export function mayShakeHands(): boolean {
  const limits = current.world.clientLimits?.handshakes;
  if (limits === undefined) return true;
  const [address, family] = ssl.raw_client_addr();
  if (address === undefined || family === "unix" || isTrustedProxy(address)) return true;
  const network = networkOf(address);
  if (limits.banSeconds !== undefined && isBanned(network)) {
    countRejection("clients", "flooded");
    return false;
  }
  if (limits.rate === undefined) return true;
  takeToken(buckets, `${limits.rate.intervalMicros}/${network}`, limits.rate, nowMs() * 1000, verdict);
  if (!verdict.allowed) countRejection("clients", "handshakes");
  return verdict.allowed;
}
