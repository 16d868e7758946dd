// What of a machine matters to tunnels: settings that are changed, because a measurement shows what they gain
// (docs/network/tuning.md), and others that are told of alone. Pure.
import type { Owned } from "./owned-file.ts";

export interface Knob {
  readonly name: string;
  readonly old: string;
  /** Absent: it stays as it is. */
  readonly new?: string;
  /** "good" where it is as well as it gets, "told" where it is for a person to decide. */
  readonly state: "change" | "good" | "told";
  readonly why: string;
  readonly source: string;
}

/** As they are on a machine; what it does not have is absent. */
export interface TuneFacts {
  /** Of kernel settings, by name. */
  readonly settings: Readonly<Record<string, string>>;
  readonly links: readonly LinkFacts[];
  readonly governor?: string;
  readonly cpuFlags: readonly string[];
  readonly cores: number;
  /** CPUs that each wireguard-go may run on. */
  readonly wireguardCpus: readonly string[];
}

/** An interface that leads to other machines. */
export interface LinkFacts {
  readonly name: string;
  /** "on", "off", or absent where the kernel or ethtool does not say. */
  readonly udpGroForwarding?: string;
  /** CPU masks of its receive queues, in hexadecimal. */
  readonly rpsMasks: readonly string[];
}

/** Sockets made from then on have room for so many bytes; as large as in the measurement. */
export const receiveBytes = 4_194_304;
const receiveSetting = "net.core.rmem_default";

const page = "docs/network/tuning.md";

export function knobsOf(facts: TuneFacts): readonly Knob[] {
  return [...receiveBuffer(facts), ...facts.links.flatMap(linkKnobs), ...conntrack(facts), ...processor(facts)];
}

/** What to write: the settings that change, and those that the file holds already. */
export function ownedAfter(knobs: readonly Knob[], held: readonly Owned[]): readonly (Owned & Pick<Knob, "why">)[] {
  const changed = knobs.flatMap(({ name, old, new: value, why }) =>
    value === undefined ? [] : [{ name, value, was: old, why }],
  );
  const kept = held.filter(({ name }) => !changed.some((one) => one.name === name));
  const whyOf = (name: string) => knobs.find((knob) => knob.name === name)?.why ?? "";
  const first = (name: string) => held.find((one) => one.name === name)?.was;
  return [
    ...kept.map((one) => ({ ...one, why: whyOf(one.name) })),
    ...changed.map((one) => ({ ...one, was: first(one.name) ?? one.was })),
  ];
}

function receiveBuffer({ settings }: TuneFacts): readonly Knob[] {
  const old = settings[receiveSetting];
  if (old === undefined) return [];
  const why = "WireGuard's socket drops what comes faster than it is read for a moment, and TCP inside slows down";
  const knob = { name: receiveSetting, old, why, source: `${page}, measured` };
  if (Number(old) >= receiveBytes) return [{ ...knob, state: "good" }];
  return [{ ...knob, new: `${receiveBytes}`, state: "change" }];
}

function linkKnobs({ name, udpGroForwarding, rpsMasks }: LinkFacts): readonly Knob[] {
  const spread = rpsMasks.some((mask) => /[1-9a-f]/.test(mask));
  return [
    ...(udpGroForwarding === undefined
      ? []
      : [
          {
            name: `${name} rx-udp-gro-forwarding`,
            old: udpGroForwarding,
            ...told(udpGroForwarding === "on"),
            why: "packets that are passed on in groups cost less, where the kernel (6.2 or newer) and the driver can",
            source: "ethtool -k; ethtool -K DEVICE rx-udp-gro-forwarding on",
          },
        ]),
    ...(rpsMasks.length === 0
      ? []
      : [
          {
            name: `${name} receive packet steering`,
            old: spread ? rpsMasks.join(" ") : rpsMasks.length > 1 ? `off, ${rpsMasks.length} queues` : "off, 1 queue",
            ...told(spread || rpsMasks.length > 1),
            why: "a device with one queue has one core take all packets in",
            source: `/sys/class/net/${name}/queues/rx-*/rps_cpus`,
          },
        ]),
  ];
}

function conntrack({ settings }: TuneFacts): readonly Knob[] {
  const count = settings["net.netfilter.nf_conntrack_count"];
  if (count === undefined) return [];
  return [
    {
      name: "conntrack of WireGuard's port",
      old: `tracked where rules ask for a state (${count} connections now)`,
      ...told(false),
      why: "untracked it gained nothing, and a firewall that lets answers in by their state would drop WireGuard's",
      source: `${page}, measured`,
    },
  ];
}

function processor({ governor, cpuFlags, cores, wireguardCpus }: TuneFacts): readonly Knob[] {
  const known = ["ssse3", "avx2", "avx512f", "avx512vl", "asimd", "neon"].filter((flag) => cpuFlags.includes(flag));
  const pinned = wireguardCpus.some((cpus) => cpus !== (cores > 1 ? `0-${cores - 1}` : "0"));
  return [
    ...(governor === undefined
      ? []
      : [
          {
            name: "CPU frequency governor",
            old: governor,
            ...told(governor === "performance"),
            why: "a core that is slow to speed up answers later, and one that is always quick takes more power",
            source: "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
          },
        ]),
    ...(wireguardCpus.length === 0
      ? []
      : [
          {
            name: "CPUs of wireguard-go",
            old: wireguardCpus.join(" "),
            ...told(!pinned),
            why: "it spreads over all cores by itself; pinned, it leaves the rest to others and has less",
            source: "/proc/PID/status",
          },
        ]),
    {
      name: "CPU features for ChaCha20-Poly1305",
      old: known.join(" ") || "none that is known",
      ...told(known.some((flag) => /^avx2|^avx512|^asimd|^neon/.test(flag))),
      why: "with vectors (AVX2, AVX-512, NEON) a core encrypts several times as much",
      source: "/proc/cpuinfo",
    },
  ];
}

const told = (isGood: boolean) => ({ state: isGood ? "good" : "told" }) as const;
