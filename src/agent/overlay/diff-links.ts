// Interfaces: made, given their key, port, MTU and addresses, brought up; those that are not wanted any more go.
import type { Actual, Change, Link, LinkState, Overlay } from "./model.ts";
import { familyOf, planeNames } from "./model.ts";

/** Interfaces with Portway's names that no plane asks for. */
export function removedLinks(desired: Overlay, actual: Actual): readonly Change[] {
  const wanted = new Set(desired.links.map((link) => link.name));
  return planeNames
    .filter((name) => actual.links.has(name) && !wanted.has(name))
    .map((link) => ({ kind: "removeLink", link }));
}

/**
 * `state` is undefined for an interface that is not there, or that nothing answers for. Its kernel settings come before its
 * addresses, which may need them.
 */
export function linkChanges(link: Link, state: LinkState | undefined, settings: readonly Change[]): readonly Change[] {
  const { name } = link;
  const ip = (...words: string[]): Change => ({ kind: "ip", words });
  const [missing, extra] = difference(link.addresses, state?.addresses ?? []);
  return [
    ...(state === undefined
      ? [{ kind: "createLink", link: name } as const, ip("link", "set", name, "addrgenmode", "none")]
      : []),
    ...settings,
    ...deviceChanges(link, state),
    ...(state?.mtu === link.mtu ? [] : [ip("link", "set", name, "mtu", `${link.mtu}`)]),
    ...extra.map((address) => ip("address", "del", address, "dev", name)),
    ...missing.map((address) => {
      return ip("address", "add", address, "dev", name, ...(familyOf(address) === 6 ? ["nodad"] : []));
    }),
    ...(state?.up === true ? [] : [ip("link", "set", name, "up")]),
  ];
}

/** Port 0 lets the kernel choose once, so that whatever it chose is right. */
function deviceChanges(link: Link, state: LinkState | undefined): readonly Change[] {
  const device = state?.device;
  const words = [
    ...(device?.publicKey === link.publicKey ? [] : ["private-key", link.keyFile]),
    ...(link.listenPort === 0 || device?.listenPort === link.listenPort ? [] : ["listen-port", `${link.listenPort}`]),
    ...((device?.mark ?? 0) === link.mark ? [] : ["fwmark", `${link.mark}`]),
  ];
  return words.length === 0 ? [] : [{ kind: "wg", link: link.name, words }];
}

function difference(wanted: readonly string[], present: readonly string[]): [string[], string[]] {
  return [
    wanted.filter((address) => !present.includes(address)),
    present.filter((address) => !wanted.includes(address)),
  ];
}
