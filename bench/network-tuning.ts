// What `portway tune network` changes and tells of, with and without: pairs of hosts with wireguard-go that differ in one setting,
// one TCP flow of 2 s each, in turns. `node bench/network-tuning.ts [ROUNDS]`, as root. The machine's own receive buffer is
// larger for the moment in which one pair's WireGuard starts.
import { readFileSync, writeFileSync } from "node:fs";
import { receiveBytes } from "../src/cli/tune/knobs.ts";
import { createLab, type Host } from "../test/lab/lab.ts";
import { waitFor } from "../test/lab/wait-for.ts";
import { median } from "./rig.ts";

const rounds = Number(process.argv[2] ?? 7);
const setting = "/proc/sys/net/core/rmem_default";
/** As on any host whose firewall asks for the state of a connection. */
const stateful = `table inet host {
  chain in { type filter hook input priority 0; ct state invalid drop; }
  chain out { type filter hook output priority 0; ct state invalid drop; }
}`;
const untracked = `table inet untracked {
  chain in { type filter hook prerouting priority raw; udp dport 51820 notrack; }
  chain out { type filter hook output priority raw; udp dport 51820 notrack; }
}`;

interface Pair {
  readonly name: string;
  readonly ends: readonly [Host, Host];
  readonly megabits: number[];
  /** CPU of both wireguard-go for each megabyte. */
  readonly cpuMs: number[];
}

const lab = createLab();
try {
  const pairs = [
    await makePair("as-it-is", {}),
    await makePair("receive-buffer", { buffer: true }),
    await makePair("untracked", { untracked: true }),
    await makePair("receive-buffer-untracked", { buffer: true, untracked: true }),
  ];
  for (let round = 0; round < rounds; round++) for (const pair of pairs) await measure(pair);
  for (const { name, ends, megabits, cpuMs } of pairs) {
    const key = name.replaceAll("-", "_");
    const dropped = await Promise.all(ends.map(receiveErrors));
    console.log(`${key}_mbit_s ${median(megabits).toFixed(1)}`);
    console.log(`${key}_cpu_ms_per_megabyte ${median(cpuMs).toFixed(1)}`);
    console.log(`${key}_datagrams_dropped ${dropped.reduce((sum, one) => sum + one, 0)}`);
  }
} finally {
  await lab.close();
}

async function makePair(name: string, knobs: { readonly buffer?: true; readonly untracked?: true }): Promise<Pair> {
  const internet = await lab.internet();
  const ends = [await lab.host(`${name}-a`, { on: internet }), await lab.host(`${name}-b`, { on: internet })] as const;
  const keys = await Promise.all(
    ends.map(async (host) => {
      const secret = (await host.run(["wg", "genkey"])).stdout.trim();
      await host.writeFile("/run/root/key", secret, 0o600);
      return (await host.run(["wg", "pubkey"], { input: secret })).stdout.trim();
    }),
  );
  const before = readFileSync(setting, "utf8");
  try {
    if (knobs.buffer) writeFileSync(setting, `${receiveBytes}`);
    for (const [index, host] of ends.entries()) {
      await host.run(["nft", "-f", "-"], { input: stateful });
      if (knobs.untracked) await host.run(["nft", "-f", "-"], { input: untracked });
      host.start(["wireguard-go", "-f", "wg0"]);
      await waitFor(async () => (await host.run(["wg", "show", "wg0"])).code === 0, { what: "wireguard-go" });
      const peer = ["peer", keys[1 - index]!, "allowed-ips", "10.9.0.0/24"];
      const endpoint = ["endpoint", `${ends[1 - index]!.addresses.ipv4}:51820`];
      await host.run([
        "wg",
        "set",
        "wg0",
        "private-key",
        "/run/root/key",
        "listen-port",
        "51820",
        ...peer,
        ...endpoint,
      ]);
      await host.ip([`addr add 10.9.0.${index + 1}/24 dev wg0`, "link set wg0 mtu 1420 up"]); // its socket is made here
    }
  } finally {
    writeFileSync(setting, before);
  }
  ends[1].start(["iperf3", "-s"]);
  const isUp = async () => (await ends[0].run(["ping", "-c", "1", "-W", "1", "10.9.0.2"])).code === 0;
  await waitFor(isUp, { what: "the tunnel", timeoutMs: 20_000 });
  return { name, ends, megabits: [], cpuMs: [] };
}

async function measure({ ends, megabits, cpuMs }: Pair): Promise<void> {
  const before = cpuMsOf(ends);
  const ran = await ends[0].run(["iperf3", "-c", "10.9.0.2", "-t", "2", "-J"], { timeoutMs: 20_000 });
  const { end } = JSON.parse(ran.stdout) as {
    readonly end: { readonly sum_received: { readonly bytes: number; readonly bits_per_second: number } };
  };
  megabits.push(end.sum_received.bits_per_second / 1e6);
  cpuMs.push((cpuMsOf(ends) - before) / (end.sum_received.bytes / 1e6));
}

/** User and system time of wireguard-go on both; a tick is 10 ms. */
function cpuMsOf(ends: readonly Host[]): number {
  const programs = ends.flatMap((host) => host.processes().filter(({ command }) => command.startsWith("wireguard-go")));
  return programs.reduce((sum, { pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return sum + 10 * (Number(fields[11]) + Number(fields[12]));
  }, 0);
}

async function receiveErrors(host: Host): Promise<number> {
  const { stdout } = await host.run(["nstat", "-asz", "UdpRcvbufErrors"]);
  return Number(/UdpRcvbufErrors\s+(\d+)/.exec(stdout)?.[1] ?? 0);
}
