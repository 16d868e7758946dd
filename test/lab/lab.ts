// Many hosts on one machine, for e2e tests, the demo and benchmarks. Needs root.
//
//   internet 203.0.113.0/24, 2001:db8::/64      each box: network, mount and host name namespaces of its own
//   ───┬──────────────┬─────────────────┬──
//    edge-1     gateway "home"    gateway "office"      masquerade, and a drop of what comes in unasked
//                ──┬──────┬──       ──┬──
//                api-1   db-1       api-2               192.168.10.0/24, 192.168.11.0/24, …
//
// A lab is its folder under /tmp and the processes in its boxes: end those and nothing is left (owner.ts).
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Box, openBox } from "./box.ts";
import type { Cable } from "./cable.ts";
import { type Mapping, translate } from "./nat.ts";
import { createLabFolder, guardLab, removeLabFolder, sweepLabs } from "./owner.ts";
import { type Addresses, openSegment, plugIn, type Segment } from "./segment.ts";

/** A box that is plugged into a segment. */
export interface Host extends Box, Omit<Cable, "remove"> {
  /** As they are now: `moveTo` changes them. */
  readonly addresses: Addresses;
  /** Unplugs the host and plugs it into another segment, where it has other addresses. */
  readonly moveTo: (segment: Segment) => Promise<void>;
}

/** A segment behind a gateway. Faults of its way to the internet are made on `gateway`. */
export interface Lan extends Segment {
  readonly gateway: Host;
}

export interface HostOptions {
  readonly on: Segment;
  /** Names that lead to this host, from every box of the lab. */
  readonly names?: readonly string[];
  /** 1500 unless told. */
  readonly mtu?: number;
}

export interface NatOptions {
  /** `cgnat` is two easy gateways in a row: a carrier's, named NAME-carrier, and the home's. */
  readonly kind: Mapping | "cgnat";
  /** The internet unless told. */
  readonly on?: Segment;
  /** First three octets of the LAN; two LANs may have the same. `192.168.10`, `192.168.11`, … unless told. */
  readonly ipv4?: string;
  readonly mtu?: number;
  /** How long an idle UDP mapping lives; the kernel's 30 s (120 s once both ends have spoken) unless told. */
  readonly udpTimeoutSeconds?: number;
}

export interface Lab {
  /** Six random characters. */
  readonly id: string;
  readonly folder: string;
  /** The public segment; made at the first call. */
  readonly internet: () => Promise<Segment>;
  readonly nat: (name: string, options: NatOptions) => Promise<Lan>;
  readonly host: (name: string, options: HostOptions) => Promise<Host>;
  /** Makes a name lead to a host from every box, those that come later too. */
  readonly addName: (name: string, host: Host) => void;
  /** The end of every log that says something, of Portway's programs and nginx too, for the message of a failed test. */
  readonly logTails: (lines?: number) => string;
  /** Removes all of it. */
  readonly close: () => Promise<void>;
}

export interface LabOptions {
  /** Added to the environment of everything that runs in the lab. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes an empty lab, after removing those that a crash left behind. It ends with this process, if not closed before. */
export function createLab(options: LabOptions = {}): Lab {
  sweepLabs();
  const folder = createLabFolder();
  const release = guardLab(folder);
  const boxes = new Set<Box>();
  const names: string[] = [];
  let lans = 0;
  let internet: Promise<Segment> | undefined;

  const box = async (name: string, router: boolean) => {
    const known = names.length;
    const made = await openBox(name, { folder, names, router, ...(options.env && { env: options.env }) });
    made.addNames(names.slice(known));
    boxes.add(made);
    return made;
  };
  const addNames = (added: readonly string[], addresses: Addresses) => {
    const lines = Object.values(addresses).map((address) => [address, ...added].join(" "));
    names.push(...lines);
    for (const one of boxes) one.addNames(lines);
  };
  const openHost = async (name: string, router: boolean, device: string, hostOptions: HostOptions): Promise<Host> => {
    const { on, mtu } = hostOptions;
    const number = on.nextNumber(); // before anything is awaited: a lab's addresses do not depend on timing
    const made = await box(name, router);
    let plug = await plugIn(made, device, on, number, mtu);
    if (hostOptions.names?.length) addNames(hostOptions.names, plug.addresses);
    return {
      ...made,
      get addresses() {
        return plug.addresses;
      },
      impair: (impairment) => plug.cable.impair(impairment),
      block: (...blocks) => plug.cable.block(...blocks),
      unblock: () => plug.cable.unblock(),
      linkDown: () => plug.cable.linkDown(),
      linkUp: () => plug.cable.linkUp(),
      setMtu: (bytes) => plug.cable.setMtu(bytes),
      narrow: (bytes) => plug.cable.narrow(bytes),
      moveTo: async (segment) => {
        await plug.cable.remove();
        plug = await plugIn(made, device, segment, segment.nextNumber(), mtu);
      },
    };
  };
  const openInternet = async () =>
    openSegment("internet", await box("internet", true), { ipv4: "203.0.113", ipv6: "2001:db8::" });

  const lab: Lab = {
    id: basename(folder).slice(-6),
    folder,
    internet: () => {
      internet ??= openInternet();
      return internet;
    },
    nat: async (name, nat) => {
      const { kind, ...rest } = nat;
      if (kind === "cgnat") {
        const carrier = await lab.nat(`${name}-carrier`, { ...rest, kind: "easy", ipv4: "100.64.0" });
        return lab.nat(name, { ...rest, kind: "easy", on: carrier });
      }
      const ipv4 = nat.ipv4 ?? `192.168.${10 + lans++}`;
      const on = nat.on ?? (await lab.internet());
      const gateway = await openHost(name, true, "wan", { on, ...(nat.mtu !== undefined && { mtu: nat.mtu }) });
      const [lan] = await Promise.all([
        openSegment(name, gateway, { ipv4 }),
        translate(gateway, kind, nat.udpTimeoutSeconds),
      ]);
      return { ...lan, gateway };
    },
    host: (name, hostOptions) => openHost(name, false, "eth0", hostOptions),
    addName: (name, host) => addNames([name], host.addresses),
    logTails: (lines = 40) => logTails(folder, [...boxes], lines),
    close: async () => {
      removeLabFolder(folder);
      release();
    },
  };
  return lab;
}

/** Logs of what runs in a box for itself, as the box sees them. */
const ownLogs = ["var/lib/portway/logs/*.log", "var/lib/portway/edge/logs/error.log"];

function logTails(folder: string, boxes: readonly Box[], lines: number): string {
  const tail = (box: Box, path: string) => {
    const text = readFileSync(path, "utf8").trimEnd();
    return text === "" ? "" : `── ${box.name}: ${basename(path)}\n${text.split("\n").slice(-lines).join("\n")}\n`;
  };
  return boxes
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .flatMap((box) => {
      const started = globSync("*", { cwd: join(folder, "boxes", box.name, "logs"), withFileTypes: true });
      const own = globSync(ownLogs, { cwd: `/proc/${box.pid}/root`, withFileTypes: true });
      return [...started, ...own].map((log) => tail(box, join(log.parentPath, log.name)));
    })
    .join("");
}
