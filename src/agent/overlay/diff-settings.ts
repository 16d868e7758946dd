// Kernel settings: loose reverse-path filtering on planes, since packets may come back on another one; IPv6 also where the
// machine has it switched off elsewhere; forwarding between the peers of a relay's own plane.
import type { Actual, Change, OnwardLink, Overlay, Setting } from "./model.ts";

const root = "/proc/sys/net";
const allForwarding = `${root}/ipv6/conf/all/forwarding`;

/** Settings of one interface, which go with it. */
export function linkSettingChanges(link: string, desired: Overlay, actual: Actual): readonly Change[] {
  const forwards = desired.relayLinks.some((name) => name === link) || desired.onward.length > 0;
  const settings = [
    setting(`${root}/ipv6/conf/${link}/disable_ipv6`, "0"),
    setting(`${root}/ipv4/conf/${link}/rp_filter`, "2"),
    // IPv4 forwards what arrives on an interface that forwards; IPv6 does so too where the kernel has this (since 6.17).
    ...(forwards ? [setting(`${root}/ipv4/conf/${link}/forwarding`, "1")] : []),
    ...(forwards && canForceForwarding(actual) ? [setting(`${root}/ipv6/conf/${link}/force_forwarding`, "1")] : []),
  ];
  return changes(settings, actual, false);
}

/**
 * Settings that are not Portway's own interfaces': forwarding on those that lead to networks behind this host, and of IPv6 on
 * all, where a kernel forwards it on all interfaces or on none.
 */
export function machineSettingChanges(desired: Overlay, actual: Actual): readonly Change[] {
  const onward = desired.onward.flatMap((link) => onwardSettings(link, actual));
  const passesIpv6 = desired.relayLinks.length > 0 || desired.onward.some(({ families }) => families.includes(6));
  const marked = desired.uplinks.map((link) => setting(`${root}/ipv4/conf/${link}/src_valid_mark`, "1"));
  const isEverywhere = passesIpv6 && !canForceForwarding(actual);
  const kept = new Set([...onward, ...marked].map(({ path }) => path));
  const isKept = (path: string) => kept.has(path) || (isEverywhere && path.startsWith(`${root}/ipv6/`));
  const over = [...actual.changedSettings.keys()].some((path) => !isKept(path));
  return [
    ...(over ? [{ kind: "restoreSettings", except: [...actual.changedSettings.keys()].filter(isKept) } as const] : []),
    ...changes(onward, actual, true),
    // Where a machine drops what came by another way than the answer would take, that way is told by the answer's mark.
    ...changes(
      marked.filter(({ path }) => actual.settings.has(path)),
      actual,
      true,
    ),
    ...(isEverywhere && actual.settings.get(allForwarding) === "0"
      ? changes(forwardEverywhere(actual.settings), actual, true)
      : []),
  ];
}

function onwardSettings({ name, families }: OnwardLink, actual: Actual): readonly Setting[] {
  const paths = [
    ...(families.includes(4) ? [`${root}/ipv4/conf/${name}/forwarding`] : []),
    ...(families.includes(6) && canForceForwarding(actual) ? [`${root}/ipv6/conf/${name}/force_forwarding`] : []),
  ];
  return paths.filter((path) => actual.settings.has(path)).map((path) => setting(path, "1"));
}

/**
 * A machine that forwards stops to listen to router advertisements, and would lose a default route that it has from one,
 * unless `accept_ra` is 2 on that interface before.
 */
function forwardEverywhere(settings: ReadonlyMap<string, string>): readonly Setting[] {
  const listening = [...settings.keys()]
    .filter((path) => path.endsWith("/accept_ra") && settings.get(path) === "1")
    .filter((path) => settings.get(path.replace("accept_ra", "forwarding")) === "0");
  return [...listening.sort().map((path) => setting(path, "2")), setting(allForwarding, "1")];
}

const canForceForwarding = ({ settings }: Actual) => settings.has(`${root}/ipv6/conf/all/force_forwarding`);

function changes(settings: readonly Setting[], actual: Actual, machineWide: boolean): readonly Change[] {
  return settings
    .filter(({ path, value }) => actual.settings.get(path) !== value)
    .map((one) => ({ kind: "setting", setting: one, machineWide }));
}

const setting = (path: string, value: string): Setting => ({ path, value });
