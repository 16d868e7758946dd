// How hosts come and go: join with a token, leave or be removed, and a person's word on removals that a host holds.
import type { Clock } from "../lib/clock.ts";
import { planAddresses } from "../plan/addresses.ts";
import { own } from "../plan/own.ts";
import { namesOfPeers } from "../plan/peers.ts";
import { survey } from "../plan/survey.ts";
import { unknownHost } from "../plan/unknown-host.ts";
import { put, type Registry, remove, type Write } from "../registry/store.ts";
import { Fault } from "../spec/issue.ts";
import { checkHostName } from "../spec/names.ts";
import type { Spec } from "../spec/types.ts";
import { AppError } from "../wire/errors.ts";
import type { JoinAnswer, JoinRequest } from "../wire/join.ts";
import { inside, networkText } from "../wire/networks.ts";
import { isEphemeral } from "./absence.ts";
import type { Authority } from "./authority.ts";
import type { Commit } from "./commit.ts";
import { type Facts, observedOf, readFacts } from "./facts.ts";
import {
  drainKey,
  type HostRecord,
  hostKey,
  type Membership,
  type ReleasedRecord,
  releasedKey,
  type TokenRecord,
  tokenKey,
} from "./keys.ts";
import type { SpecReader } from "./spec.ts";
import { usableToken } from "./tokens.ts";

export interface HostKeeper {
  readonly registry: Registry;
  readonly commit: Commit;
  readonly authority: Authority;
  readonly clock: Pick<Clock, "now">;
  readonly controlUrls: () => readonly string[];
  readonly specInForce: SpecReader;
}

/** Enrols a host: its token is used up, its name, identity and addresses are given, all in one transaction. */
export async function joinHost(keeper: HostKeeper, request: JoinRequest): Promise<JoinAnswer> {
  const { registry, authority, clock } = keeper;
  if (request.ca !== undefined && request.ca !== authority.fingerprint) {
    throw new AppError("wrongAuthority", "this token is for another control", {
      hint: "check the control URL, or make a token on this control: portway token create",
    });
  }
  const { id } = await usableToken(registry, "join", request.secret, clock.now());
  const { result } = await keeper.commit(`token:${id}`, async () => {
    const { record: token } = await usableToken(registry, "join", request.secret, clock.now());
    const facts = await readFacts(registry);
    const spec = demandSpec(keeper.specInForce(facts));
    demandName(request.name, token, facts, clock.now());
    if (token.host === undefined) demandOwnTags(request.name, token.tags, spec);
    demandKeys(request, facts);
    demandApart(request, spec);
    const { certificatePem, fingerprint } = await authority.signHost(
      request.csr,
      request.name,
      clock.now() + spec.join.credentialMs,
    );
    const at = new Date(clock.now()).toISOString();
    const membership: Membership = {
      identity: fingerprint,
      tags: token.tags,
      keys: request.keys,
      joinedAt: at,
      removalsConfirmedAt: 0,
      credentialUntil: new Date(clock.now() + spec.join.credentialMs).toISOString(),
      ...(token.ephemeral && { ephemeral: true }),
    };
    const { ipv4, ipv6 } = addressesFor(request.name, membership, facts, spec);
    const { approve } = spec.join;
    const isLetGo = approve && facts.hosts.get(request.name)?.membership !== undefined;
    // Should it be turned away, its addresses rest as those of any host that was a member.
    const removedAt = isLetGo ? at : facts.hosts.get(request.name)?.removedAt;
    const record: HostRecord = approve
      ? { ipv4, ipv6, applicant: membership, ...(removedAt !== undefined && { removedAt }) }
      : { ipv4, ipv6, membership };
    return {
      writes: [
        put(hostKey(request.name), JSON.stringify(record)),
        put(tokenKey(id), JSON.stringify({ ...token, usedBy: request.name, usedAt: at })),
        ...(approve ? [] : [remove(releasedKey(request.name))]),
        ...(isLetGo ? releaseOf(request.name, spec, facts, at) : []),
      ],
      audit: {
        action: approve ? "host.ask" : "host.join",
        subject: request.name,
        details: { ipv4, ipv6, identity: fingerprint, tags: token.tags },
      },
      result: {
        certificate: certificatePem,
        network: spec.network.name,
        roles: own(spec.hosts, request.name)?.roles ?? [],
        ...(approve && { waiting: true }),
      },
    };
  });
  return { name: request.name, ...result, controlUrls: keeper.controlUrls() };
}

/** A network within the network's range would take its addresses; one around it merely loses those that lie in both. */
function demandApart({ name, networks = [] }: JoinRequest, { network }: Spec): void {
  for (const range of [network.ipv4, network.ipv6]) {
    const [own] = inside(range, networks);
    if (own === undefined) continue;
    throw new AppError(
      "rangeOverlap",
      `${name} has a network of its own, ${networkText(own)}, within ${range} of ${network.name}`,
      {
        hint: "give the network another range (network.ipv4), or that host's own network",
      },
    );
  }
}

/**
 * Takes a host out: its credential is void, its peers let go of it; its addresses rest for the grace time, unless it is
 * ephemeral.
 */
export async function removeHost(
  { registry, commit, clock, specInForce }: HostKeeper,
  author: string,
  name: string,
  action: "host.remove" | "host.leave" | "host.gone",
): Promise<{ readonly revision: number }> {
  const { revision } = await commit(author, async () => {
    const facts = await readFacts(registry);
    const { membership, ...addresses } = demandMember(facts, name);
    const at = new Date(clock.now()).toISOString();
    const record: HostRecord = { ...addresses, removedAt: at };
    const spec = specInForce(facts);
    const isFree = isEphemeral(spec, name, membership) && !own(spec?.hosts ?? {}, name);
    return {
      writes: [
        isFree ? remove(hostKey(name)) : put(hostKey(name), JSON.stringify(record)),
        remove(drainKey({ kind: "host", name })),
        ...releaseOf(name, spec, facts, at),
      ],
      audit: { action, subject: name, details: { identity: membership.identity } },
      result: undefined,
    };
  });
  return { revision };
}

/** Lets a host make the removals that it holds now. */
export async function confirmRemovals(
  { registry, commit }: HostKeeper,
  author: string,
  name: string,
): Promise<{ readonly revision: number }> {
  const { revision } = await commit(author, async () => {
    const facts = await readFacts(registry);
    const host = demandMember(facts, name);
    const membership: Membership = { ...host.membership, removalsConfirmedAt: facts.revision };
    return {
      writes: [put(hostKey(name), JSON.stringify({ ...host, membership } satisfies HostRecord))],
      audit: { action: "host.confirmRemovals", subject: name, details: { upTo: facts.revision } },
      result: undefined,
    };
  });
  return { revision };
}

function demandSpec(spec: Spec | undefined): Spec {
  if (spec) return spec;
  throw new AppError("invalidRequest", "this control has no file yet, so there is no network to join", {
    hint: "apply one first: portway apply portway.yaml",
  });
}

/** Throws for a name that selects something else in access rules. */
export function demandHostName(name: string): void {
  const checked = checkHostName(name);
  if (checked instanceof Fault) throw new AppError("invalidRequest", checked.message, { hint: checked.hint });
}

function demandName(name: string, token: TokenRecord, facts: Facts, nowMs: number): void {
  const { host: tokenHost } = token;
  demandHostName(name);
  if (tokenHost !== undefined && tokenHost !== name) {
    throw new AppError("forbidden", `this token is for a host named ${tokenHost}, not ${name}`, {
      hint: `join with --name ${tokenHost}, or make another token`,
    });
  }
  const member = facts.hosts.get(name)?.membership;
  const mayReplace = member && tokenHost === name && hasEnded(member, nowMs);
  if (mayReplace && !hasEnded(member, Date.parse(token.createdAt))) {
    throw new AppError("hostNameTaken", `this token was made before the certificate of ${name} ended`, {
      hint: `a token that is made now takes the place of the old membership: portway token create --host ${name}`,
    });
  }
  if (member && !mayReplace) {
    throw new AppError("hostNameTaken", `a host named ${name} has joined already`, {
      hint: `choose another --name, or take the old one out first: portway hosts remove ${name}`,
    });
  }
  if (facts.hosts.get(name)?.applicant) {
    throw new AppError("hostNameTaken", `a host that would be ${name} waits for approval already`, {
      hint: `choose another --name, or turn that one away first: portway reject ${name}`,
    });
  }
}

/**
 * Its certificate is of no use to it any more: whoever makes a token for that very host then lets it in anew. One that was
 * made before was not meant for that.
 */
const hasEnded = ({ credentialUntil }: Membership, atMs: number) =>
  credentialUntil !== undefined && Date.parse(credentialUntil) < atMs;

/**
 * A token that names tags and no host is for hosts with these tags at most: a name of the file brings the tags and roles
 * that the file gives it, and whoever holds the token chooses the name.
 */
function demandOwnTags(name: string, tokenTags: readonly string[], spec: Spec): void {
  const { tags = [], roles = [] } = own(spec.hosts, name) ?? {};
  const others = [...tags.filter((tag) => !tokenTags.includes(tag)), ...roles.map((role) => `role:${role}`)];
  if (tokenTags.length === 0 || others.length === 0) return;
  throw new AppError(
    "forbidden",
    `this token is for hosts with the tags ${tokenTags.join(", ")}; the file gives ${name} ${others.join(", ")} too`,
    {
      hint: `join under a name that the file does not have, or make a token for it: portway token create --host ${name}`,
    },
  );
}

/** Two peers with one key would take each other's AllowedIPs: a copied machine has to make keys of its own. */
function demandKeys({ name, keys }: JoinRequest, facts: Facts): void {
  const planes = new Map(keys.map(({ plane, publicKey }) => [publicKey, plane]));
  for (const [owner, { membership, applicant }] of facts.hosts) {
    if (owner === name) continue; // whom it takes the place of
    const taken = (membership ?? applicant)?.keys.find(({ publicKey }) => planes.has(publicKey));
    if (taken === undefined) continue;
    const plane = planes.get(taken.publicKey);
    throw new AppError("publicKeyTaken", `${owner} has the WireGuard key that ${name} brings for ${plane}`, {
      hint: `is this machine a copy of ${owner}, \`portway leave\` here makes it forget the keys; is it ${owner} itself, take that out first: portway hosts remove ${owner}`,
    });
  }
}

/** The member of that name; throws `notFound`. */
function demandMember(facts: Facts, name: string): HostRecord & { readonly membership: Membership } {
  const host = facts.hosts.get(name);
  if (host?.membership) return { ...host, membership: host.membership };
  throw unknownHost(name, facts.hosts.keys(), `no host named ${name} has joined`);
}

function addressesFor(name: string, membership: Membership, facts: Facts, spec: Spec) {
  const blank = { ipv4: "", ipv6: "" };
  const hosts = new Map(facts.hosts).set(name, { ...(facts.hosts.get(name) ?? blank), membership });
  const given = planAddresses(spec, observedOf({ ...facts, hosts })).addresses.get(name);
  if (given) return { ipv4: given.ipv4, ipv6: given.ipv6 };
  throw new AppError("invalidRequest", `${spec.network.ipv4} has no address left for ${name}`, {
    hint: "give the network a larger range in the file",
  });
}

/** Lets those that have this host as a peer drop it without a person's word. */
function releaseOf(name: string, spec: Spec | undefined, facts: Facts, at: string): readonly Write[] {
  if (!spec) return [];
  const { topology } = survey(spec, observedOf(facts));
  const by = namesOfPeers(name, topology);
  return [put(releasedKey(name), JSON.stringify({ by, at } satisfies ReleasedRecord))];
}
