// The least changes that turn what there is into what should be, in the order in which they are safe: the firewall before
// anything can arrive, an interface before its peers, peers before the routes that lead to them.
import { linkChanges, removedLinks } from "./diff-links.ts";
import { type EndpointHistory, peerChanges } from "./diff-peers.ts";
import { routeChanges, ruleChanges } from "./diff-routes.ts";
import { linkSettingChanges, machineSettingChanges } from "./diff-settings.ts";
import type { Actual, Change, Overlay, Route } from "./model.ts";

/** Nothing is changed on a host where this gives nothing. */
export function diff(desired: Overlay, actual: Actual, history: EndpointHistory): readonly Change[] {
  const kept = whatStays(desired, actual);
  return [
    ...(kept.firewallHolds(desired.firewall) ? [] : [{ kind: "firewall", text: desired.firewall } as const]),
    ...removedLinks(desired, actual),
    ...desired.links.flatMap((link) =>
      linkChanges(link, kept.links.get(link.name), linkSettingChanges(link.name, desired, kept)),
    ),
    ...machineSettingChanges(desired, kept),
    ...desired.links.flatMap(({ name }) => {
      const peers = desired.peers.filter((peer) => peer.link === name);
      return peerChanges(name, peers, kept.links.get(name)?.device?.peers ?? [], history);
    }),
    ...ruleChanges(desired.rules, kept.rules),
    ...routeChanges(desired.routes, kept.routes),
  ];
}

/**
 * Interfaces that no plane asks for go, and those that nothing answers for are made anew: their settings and routes go with
 * them, and so do the routes that name as source an address that no other interface has.
 */
function whatStays(desired: Overlay, actual: Actual): Actual {
  const broken = desired.links.filter((link) => actual.links.get(link.name)?.device === undefined);
  const unwanted = [...actual.links.keys()].filter((name) => !desired.links.some((link) => link.name === name));
  const names = new Set<string>([...broken.map((link) => link.name), ...unwanted]);
  const links = new Map([...actual.links].filter(([name]) => !names.has(name)));
  const kept = new Set([...links.values()].flatMap((link) => link.addresses));
  const lost = new Set(
    [...broken, ...unwanted.map((name) => actual.links.get(name)!)]
      .flatMap((link) => link.addresses)
      .filter((one) => !kept.has(one))
      .map(withoutLength),
  );
  const isLost = ({ link = "", source = "" }: Route) => names.has(link) || lost.has(source);
  return {
    ...actual,
    links,
    routes: actual.routes.filter((route) => !isLost(route)),
    settings: new Map([...actual.settings].filter(([path]) => !names.has(path.split("/").at(-2)!))),
  };
}

const withoutLength = (prefix: string) => prefix.replace(/\/.*/, "");
