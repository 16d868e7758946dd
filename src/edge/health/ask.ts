// One question to one target, by the check of its service. Each ends with its connection closed.
import type { HealthConfig, TargetTlsObject } from "../../wire/edge-service.ts";
import { askGrpc } from "./ask-grpc.ts";
import { askHttp } from "./ask-http.ts";
import { askTcp } from "./ask-tcp.ts";
import type { TlsToTarget } from "./target-tls.ts";

/** Where a target is asked. */
export interface Door {
  /** An IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  readonly port: number;
  /** What it is asked for as Host, unless the check says; absent: its address. */
  readonly host?: string;
  /** Absent: in the clear. A TCP check asks for a connection alone. */
  readonly tls?: TargetTlsObject;
}

/** What was wrong with the answer, in a few words; undefined: it is well. Resolves at once when the signal aborts. */
export type Ask = (door: Door, config: HealthConfig, signal: AbortSignal) => Promise<string | undefined>;

/** `tlsOf` says how a target with TLS is spoken to. */
export const asker =
  (tlsOf: (tls: TargetTlsObject) => TlsToTarget): Ask =>
  (door, config, signal) =>
    ask(door, config, signal, () => door.tls && tlsOf(door.tls));

async function ask(
  door: Door,
  { check, timeoutMs }: HealthConfig,
  signal: AbortSignal,
  tlsOf: () => TlsToTarget | undefined,
): Promise<string | undefined> {
  const end = new AbortController();
  const giveUp = () => end.abort();
  const timer = setTimeout(giveUp, timeoutMs);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    if (check.kind === "http") return await askHttp(door, check, end.signal, tlsOf());
    if (check.kind === "grpc") return await askGrpc(door, check.service, end.signal, tlsOf());
    return await askTcp(door, end.signal);
  } catch (error) {
    return end.signal.aborted ? `no answer in ${timeoutMs} ms` : failureText(error as NodeJS.ErrnoException);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
    end.abort();
  }
}

const failures: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection reset",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ETIMEDOUT: "no connection in time",
};

const maxText = 100;

function failureText({ code = "", message }: NodeJS.ErrnoException): string {
  if (code.startsWith("HPE_")) return "the answer is not HTTP";
  if (/CERT|SIGNATURE|ALTNAME|ISSUER/.test(code)) return "its certificate is not one that is trusted";
  return (failures[code] ?? message).slice(0, maxText);
}

/** `192.0.2.1:80` or `[2001:db8::1]:80`. */
export const authorityOf = ({ address, port }: Door) =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
