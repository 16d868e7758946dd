// Hosts and the whole network as the API shows them: facts, file and what hosts said, put together. Pure.
import { formatEndpoint } from "../net/endpoint.ts";
import { own } from "../plan/own.ts";
import type { Spec } from "../spec/types.ts";
import type { HostDetail, HostView } from "../wire/hosts.ts";
import type { Desired } from "./desired.ts";
import type { Facts } from "./facts.ts";
import { type Heard, onlineHosts } from "./statuses.ts";

/** What the views are made from. */
export interface Scene {
  readonly facts: Facts;
  readonly spec: Spec | undefined;
  readonly heard: ReadonlyMap<string, Heard>;
  readonly nowMs: number;
  /** What hosts should have. */
  readonly wanted: Pick<Desired, "revision" | "hosts">;
}

/** Hosts that have joined, wait for approval or are in the file, by name; not those whose addresses merely rest. */
export function hostNames({ facts, spec }: Pick<Scene, "facts" | "spec">): readonly string[] {
  const joined = [...facts.hosts]
    .filter(([, { membership, applicant }]) => membership ?? applicant)
    .map(([name]) => name);
  return [...new Set([...joined, ...Object.keys(spec?.hosts ?? {})])].sort();
}

/** All hosts in short. */
export function hostViews(scene: Scene): readonly HostView[] {
  const online = onlineHosts(scene.heard, scene.nowMs);
  return hostNames(scene).map((name) => hostView(scene, name, online));
}

/** All hosts with what their programs said last. */
export function hostDetails(scene: Scene): readonly HostDetail[] {
  return hostViews(scene).map((view) => {
    const { agent, edge } = scene.heard.get(view.name) ?? {};
    return { ...view, ...(agent && { agent: agent.status }), ...(edge && { edge: edge.status }) };
  });
}

function hostView({ facts, spec, heard }: Scene, name: string, online: ReadonlySet<string>): HostView {
  const written = spec && own(spec.hosts, name);
  const record = facts.hosts.get(name);
  const membership = record?.membership;
  const applicant = record?.applicant;
  const { streams = [], lastSeenMs } = heard.get(name) ?? {};
  return {
    name,
    joined: membership !== undefined,
    inFile: written !== undefined,
    roles: written?.roles ?? [],
    tags: [...new Set([...(written?.tags ?? []), ...((membership ?? applicant)?.tags ?? [])])].sort(),
    ipv4: record?.ipv4 ?? "",
    ipv6: record?.ipv6 ?? "",
    ...(written?.endpoint && { endpoint: formatEndpoint(written.endpoint) }),
    online: online.has(name),
    connected: streams.length > 0,
    ...(lastSeenMs !== undefined && { lastSeenAt: new Date(lastSeenMs).toISOString() }),
    ...(membership && { joinedAt: membership.joinedAt, identity: membership.identity }),
    ...(membership?.staleSince !== undefined && { staleSince: membership.staleSince }),
    ...(membership?.credentialUntil !== undefined && { credentialUntil: membership.credentialUntil }),
    ...((membership?.ephemeral || written?.ephemeral) && { ephemeral: true }),
    ...(applicant && { waitingSince: applicant.joinedAt, identity: applicant.identity }),
    keys: (membership ?? applicant)?.keys ?? [],
  };
}
