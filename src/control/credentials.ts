// What a member may have renewed and a person may change of its name: its certificate, and what it is called.
import { fingerprintOfKey } from "../lib/fingerprint.ts";
import { put } from "../registry/store.ts";
import { AppError } from "../wire/errors.ts";
import type { RenewAnswer } from "../wire/join.ts";
import { readFacts } from "./facts.ts";
import type { HostKeeper } from "./hosts.ts";
import { type HostRecord, hostKey } from "./keys.ts";

/** Another certificate for the identity key that the host has; throws `forbidden` for a request by another key. */
export async function renewCredential(
  { registry, commit, authority, clock, specInForce }: HostKeeper,
  author: string,
  name: string,
  csr: string,
): Promise<RenewAnswer> {
  const { result } = await commit(author, async () => {
    const facts = await readFacts(registry);
    const host = facts.hosts.get(name);
    const known = host?.membership ?? host?.applicant;
    if (!host || !known) throw new AppError("hostRemoved", "this host is not part of the network any more");
    const untilMs = clock.now() + (specInForce(facts)?.join.credentialMs ?? 0);
    const { certificatePem } = await authority.signHost(csr, name, untilMs);
    if (fingerprintOfKey(certificatePem) !== known.identity) {
      throw new AppError("forbidden", `this request is not made with the identity key of ${name}`);
    }
    const credentialUntil = new Date(untilMs).toISOString();
    const part = host.membership
      ? { membership: { ...known, credentialUntil } }
      : { applicant: { ...known, credentialUntil } };
    return {
      writes: [put(hostKey(name), JSON.stringify({ ...host, ...part } satisfies HostRecord))],
      audit: { action: "host.renew", subject: name, details: { identity: known.identity, until: credentialUntil } },
      result: { certificate: certificatePem },
    };
  });
  return result;
}
