// Listeners that cannot all listen, or whose services ask for what only HTTP has.
import { sharesHttps } from "../https-port.ts";
import { errorAt, type Finding, type Path } from "../issue.ts";
import type { ServiceSpec } from "../service-types.ts";
import type { ListenerSpec, Spec } from "../types.ts";
import { sameNames, withoutEdge } from "./public-things.ts";

export function checkListeners(spec: Spec): Finding[] {
  return [
    ...sameNames("listeners", spec.listeners),
    ...takenPorts(spec),
    ...sameServerNames(spec),
    ...servedNames(spec),
    ...unsuited(spec),
    ...withoutEdge("listeners", spec),
  ];
}

/** The services that a listener sends to, each with where the file says so. */
export function listenerServices(
  { to }: ListenerSpec,
  path: Path,
): readonly { readonly name: string; readonly path: Path }[] {
  if (typeof to === "string") return [{ name: to, path: [...path, "service"] }];
  return to.map(({ service }, entry) => ({ name: service, path: [...path, "sni", entry, "service"] }));
}

function takenPorts({ listeners, edge }: Spec): Finding[] {
  const owners = new Map<number, string>();
  if (edge.http) owners.set(edge.http.port, "edge.http");
  if (edge.https) owners.set(edge.https.port, "edge.https");
  return listeners.flatMap((listener, index) => {
    const { name, port } = listener;
    const known = owners.get(port);
    const owner = known === "edge.https" && sharesHttps(listener, edge) ? undefined : known;
    if (owner === undefined) owners.set(port, `listener ${name}`);
    if (owner === undefined) return [];
    const hint =
      owner === "edge.https"
        ? "choose another port, or pass names through on this one: sni: [{ names: [...], service: ... }]"
        : "choose another port";
    return [errorAt(["listeners", index, "port"], "portTaken", `${owner} has port ${port} already`, hint)];
  });
}

function sameServerNames({ listeners }: Spec): Finding[] {
  return listeners.flatMap(({ to }, index) => {
    const seen = new Set<string>();
    if (typeof to === "string") return [];
    return to.flatMap(({ names }, entry) =>
      names.flatMap((name, at): Finding[] => {
        const isRepeated = seen.has(name);
        seen.add(name);
        const message = `an entry above has ${name} already`;
        const path = ["listeners", index, "sni", entry, "names", at];
        return isRepeated ? [errorAt(path, "duplicateEntry", message, "take one of them out")] : [];
      }),
    );
  });
}

/** A name that goes through is never asked for over HTTPS. */
function servedNames({ listeners, routes, edge }: Spec): Finding[] {
  const owners = new Map<string, string>();
  for (const { name, hosts } of routes) {
    for (const host of hosts) {
      for (const covering of namesOver(host)) owners.set(covering, `route ${name} is for ${host}`);
    }
  }
  return listeners.flatMap((listener, index) => {
    if (!sharesHttps(listener, edge)) return [];
    return listener.to.flatMap(({ names }, entry) =>
      names.flatMap((name, at): Finding[] => {
        if (!owners.has(name)) return [];
        const message = `${name} goes through on HTTPS's port, where ${owners.get(name)}`;
        const hint = "take it out of one of them, or give the listener another port";
        return [errorAt(["listeners", index, "sni", entry, "names", at], "nameServed", message, hint)];
      }),
    );
  });
}

/** The host itself and every wildcard that stands for it; of `*`, which is what the listener leaves, none. */
function namesOver(host: string): readonly string[] {
  if (host === "*") return [];
  const dots = [...host].flatMap((character, at) => (character === "." ? [at] : []));
  return [host, ...dots.map((at) => `*${host.slice(at)}`)];
}

/** Connections are balanced before a byte of them is understood. */
function unsuited({ listeners, services }: Spec): Finding[] {
  return listeners.flatMap((listener, index) =>
    listenerServices(listener, ["listeners", index]).flatMap(({ name, path }): Finding[] => {
      if (Object.hasOwn(services, name) && services[name]!.resolve) return [named(name, path)];
      const wish = Object.hasOwn(services, name) ? httpWish(services[name]!) : undefined;
      if (wish === undefined) return [];
      const message = `the service ${name} has ${wish}, which is for HTTP, and a listener passes bytes on unread`;
      const hint = "make a service of its own with balance: roundRobin, leastConnections, or hash: { on: clientIp }";
      return [errorAt(path, "contradiction", message, hint)];
    }),
  );
}

function named(service: string, path: Path): Finding {
  const message = `the service ${service} has urls with names, which are looked up for HTTP alone`;
  return errorAt(path, "contradiction", message, "write addresses in its urls, or make a service of its own");
}

function httpWish({ balance, hash, sticky }: ServiceSpec): string | undefined {
  if (sticky) return "a sticky cookie";
  if (balance === "leastLatency") return "balance: leastLatency";
  return hash && hash.on !== "clientIp" ? `a hash on ${hash.on}` : undefined;
}
