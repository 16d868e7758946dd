// Hosts that asked to join where the file wants each one approved: let in, or turned away.
import { own } from "../plan/own.ts";
import { unknownHost } from "../plan/unknown-host.ts";
import { put, remove, type Write } from "../registry/store.ts";
import { type Facts, readFacts } from "./facts.ts";
import type { HostKeeper } from "./hosts.ts";
import { type HostRecord, hostKey, type Membership, releasedKey } from "./keys.ts";

type Applicant = HostRecord & { readonly applicant: Membership };

/** Makes a member of a host that waits. */
export async function approveHost(
  { registry, commit, clock }: HostKeeper,
  author: string,
  name: string,
): Promise<{ readonly revision: number }> {
  const { revision } = await commit(author, async () => {
    const { ipv4, ipv6, applicant } = demandApplicant(await readFacts(registry), name);
    const membership: Membership = { ...applicant, joinedAt: new Date(clock.now()).toISOString() };
    const { identity, tags } = membership;
    return {
      writes: [
        put(hostKey(name), JSON.stringify({ ipv4, ipv6, membership } satisfies HostRecord)),
        remove(releasedKey(name)),
      ],
      audit: { action: "host.approve", subject: name, details: { identity, tags } },
      result: undefined,
    };
  });
  return { revision };
}

/** Turns a host away that waits: as if it had never asked, but for the audit chain and its token, which is used up. */
export async function rejectHost(
  { registry, commit, specInForce }: HostKeeper,
  author: string,
  name: string,
  action: "host.reject" | "host.leave" | "host.gone" = "host.reject",
): Promise<{ readonly revision: number }> {
  const { revision } = await commit(author, async () => {
    const facts = await readFacts(registry);
    const { applicant, ...rest } = demandApplicant(facts, name);
    const isKept = rest.removedAt !== undefined || own(specInForce(facts)?.hosts ?? {}, name) !== undefined;
    const write: Write = isKept ? put(hostKey(name), JSON.stringify(rest satisfies HostRecord)) : remove(hostKey(name));
    const { identity } = applicant;
    return { writes: [write], audit: { action, subject: name, details: { identity } }, result: undefined };
  });
  return { revision };
}

function demandApplicant({ hosts }: Facts, name: string): Applicant {
  const host = hosts.get(name);
  if (host?.applicant) return { ...host, applicant: host.applicant };
  const why = host?.membership ? `${name} has joined already` : `no host named ${name} waits for approval`;
  const waiting = [...hosts].flatMap(([one, { applicant }]) => (applicant ? [one] : []));
  throw unknownHost(name, host?.membership ? [] : waiting, why, "`portway status` shows those that wait");
}
