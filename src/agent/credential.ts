// The host's certificate renews itself: long before its end the agent asks control for another one for the same identity key.
// Other programs of the host read it from its file.
import { X509Certificate } from "node:crypto";
import type { ControlClient } from "../host/control-client.ts";
import type { Clock } from "../lib/clock.ts";
import { readIdentity, replaceCertificate } from "../lib/identity.ts";
import type { Log } from "../lib/log.ts";
import type { RenewAnswer } from "../wire/join.ts";

const checkMs = 60_000;
/** Of what a certificate lasts: with this much left it is renewed, so that a host may be away for long. */
const renewShare = 1 / 2;

export interface CredentialOptions {
  /** The identity's folder. */
  readonly folder: string;
  readonly client: Pick<ControlClient, "call">;
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly log: Log;
}

/** Looks again and again until the signal aborts; what fails is tried again a minute later. */
export async function keepCredential(options: CredentialOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await renewIfDue(options);
    } catch (error) {
      options.log.warn({ reason: (error as Error).message }, "the host's certificate could not be renewed");
    }
    await options.clock.sleep(checkMs, signal);
  }
}

/** Renews the certificate if half of its time is over; answers whether it did. */
export async function renewIfDue({ folder, client, clock, log }: CredentialOptions): Promise<boolean> {
  const identity = readIdentity(folder);
  if (identity === undefined || !isDue(identity.certificatePem, clock.now())) return false;
  const { makeCsr } = await import("../lib/x509.ts"); // its code costs memory that is rarely needed
  const { certificate } = await client.call<RenewAnswer>("selfRenew", { csr: await makeCsr(identity.keyPem) });
  replaceCertificate(folder, certificate);
  log.info({ until: new X509Certificate(certificate).validTo }, "the host's certificate is renewed");
  return true;
}

/** Certificates begin a day before they are made (lib/x509.ts), for slow clocks. */
const backdateMs = 24 * 3_600_000;

function isDue(certificatePem: string, nowMs: number): boolean {
  const { validFrom, validTo } = new X509Certificate(certificatePem);
  const [fromMs, toMs] = [Date.parse(validFrom) + backdateMs, Date.parse(validTo)];
  return toMs - nowMs < (toMs - fromMs) * renewShare;
}
