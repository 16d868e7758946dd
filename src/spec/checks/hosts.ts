// Hosts and their roles.
import { formatEndpoint } from "../../net/endpoint.ts";
import { errorAt, type Finding } from "../issue.ts";
import type { Spec } from "../types.ts";

export function checkHosts({ hosts }: Spec): Finding[] {
  const relays = Object.entries(hosts).filter(([, host]) => host.roles.includes("relay"));
  const hidden = relays.filter(([, host]) => !host.endpoint);
  return [...hidden.map(([name]) => endpointMissing(name)), ...sameEndpoints(hosts)];
}

function endpointMissing(name: string): Finding {
  const hint = "add endpoint: and the name or address that others reach it at";
  return { ...errorAt(["hosts", name], "endpointMissing", `the relay ${name} has no endpoint`, hint), at: "key" };
}

function sameEndpoints(hosts: Spec["hosts"]): Finding[] {
  const owners = new Map<string, string>();
  return Object.entries(hosts).flatMap(([name, { endpoint }]): Finding[] => {
    if (!endpoint) return [];
    const text = formatEndpoint(endpoint);
    const owner = owners.get(text);
    owners.set(text, owner ?? name);
    if (owner === undefined) return [];
    const hint = "hosts that share an address need ports of their own: set ports.direct and forward it";
    return [errorAt(["hosts", name, "endpoint"], "endpointTaken", `${text} is the endpoint of ${owner} too`, hint)];
  });
}
