// Kernel settings under /proc/sys/net: read, written, and for those of the whole machine brought back to what they were.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJsonIfAny, writeFileAtomic } from "../../lib/files.ts";
import { settingsPath } from "../files.ts";
import type { Setting } from "../overlay/model.ts";

/** What is remembered of a machine-wide setting. */
interface Changed {
  /** What it was before Portway wrote `after`; `after` is missing for one that only changed along with another. */
  readonly before: string;
  readonly after?: string;
  /** What the same setting of all interfaces was then; missing for what has none, and in what older agents wrote. */
  readonly ofAll?: string;
}

export interface Settings {
  /** Also those of the machine's own interfaces that are named. */
  readonly read: (links?: readonly string[]) => ReadonlyMap<string, string>;
  /** Machine-wide settings that were changed, with the values to go back to. */
  readonly changed: () => ReadonlyMap<string, string>;
  readonly write: (setting: Setting, machineWide: boolean) => void;
  /** Undoes machine-wide changes, except where somebody else has changed the value since, or has all interfaces forward now. */
  readonly restore: (except?: readonly string[]) => readonly Setting[];
}

/** `root` is /proc/sys/net except in tests. */
export function openSettings(folder: string, announce: (command: string) => void, root = "/proc/sys/net"): Settings {
  const ledgerPath = settingsPath(folder);
  const ledger = () => (readJsonIfAny(ledgerPath) ?? {}) as Record<string, Changed>;
  const fileOf = (path: string) => join(root, path.replace("/proc/sys/net/", ""));

  const put = ({ path, value }: Setting) => {
    announce(`echo ${value} > ${path}`);
    writeFileSync(fileOf(path), `${value}\n`);
  };
  const current = (path: string) => readIfAny(fileOf(path));
  /** As docker has it: the interface would forward now without Portway, too. */
  const isForwardedByAll = (path: string) =>
    /forwarding$/.test(path) && allOf(path) !== path && current(allOf(path)) === "1";
  const read = (links: readonly string[] = []) => {
    const values = interesting(root, links).map((name): readonly [string, string | undefined] => {
      return [`/proc/sys/net/${name}`, readIfAny(join(root, name))];
    });
    return new Map(values.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
  };

  return {
    read,
    changed: () => new Map(Object.entries(ledger()).map(([path, { before }]) => [path, before])),
    write(setting, machineWide) {
      if (machineWide) {
        // `all` writes to every interface of the family, so that each of them has to be remembered.
        const everyLink = new RegExp(`^${setting.path.replace("/all/", "/(?!pw)[^/]+/")}$`);
        const moved = setting.path.includes("/all/") ? [...read()].filter(([path]) => everyLink.test(path)) : [];
        const along = moved.map(([path, before]): [string, Changed] => [path, { before }]);
        const ofAll = current(allOf(setting.path));
        const own: Changed = { before: current(setting.path)!, after: setting.value, ...(ofAll && { ofAll }) };
        const entries = { ...Object.fromEntries(along), [setting.path]: own, ...ledger() };
        writeFileAtomic(ledgerPath, JSON.stringify(entries));
      }
      put(setting);
    },
    restore(except = []) {
      const kept = Object.entries(ledger()).filter(([path]) => except.includes(path));
      const entries = Object.entries(ledger()).filter(([path]) => !except.includes(path));
      // `all` first, since it moves the others.
      entries.sort(([a], [b]) => Number(b.includes("/all/")) - Number(a.includes("/all/")) || (a < b ? -1 : 1));
      const isOurs = ([path, { after, ofAll }]: [string, Changed]) =>
        (after === undefined || current(path) === after) && !(ofAll === "0" && isForwardedByAll(path));
      const undone: Setting[] = [];
      for (const [path, { before }] of entries.filter(isOurs)) {
        const value = current(path);
        if (value === undefined || value === before) continue;
        put({ path, value: before });
        undone.push({ path, value: before });
      }
      if (kept.length > 0) writeFileAtomic(ledgerPath, JSON.stringify(Object.fromEntries(kept)));
      else rmSync(ledgerPath, { force: true });
      return undone;
    },
  };
}

/** Settings of Portway's interfaces; those of all others too where IPv6 can only be forwarded by the whole machine. */
function interesting(root: string, others: readonly string[]): readonly string[] {
  const forced = existsSync(join(root, "ipv6/conf/all/force_forwarding"));
  const links = namesIn(join(root, "ipv6/conf"));
  const ours = links.filter((link) => link.startsWith("pw"));
  return [
    ...ours.flatMap((link) => [`ipv4/conf/${link}/rp_filter`, `ipv4/conf/${link}/forwarding`]),
    ...["all", ...others].map((link) => `ipv4/conf/${link}/forwarding`),
    ...others.map((link) => `ipv4/conf/${link}/src_valid_mark`),
    ...ours.map((link) => `ipv6/conf/${link}/disable_ipv6`),
    ...(forced
      ? ["all", ...ours, ...others].map((link) => `ipv6/conf/${link}/force_forwarding`)
      : links.flatMap((link) => [`ipv6/conf/${link}/accept_ra`, `ipv6/conf/${link}/forwarding`])),
  ];
}

const allOf = (path: string) => path.replace(/\/conf\/[^/]+\//, "/conf/all/");

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // a kernel without IPv6
  }
}

function readIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined; // the interface went meanwhile, or the kernel does not know it
  }
}
