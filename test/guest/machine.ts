// What starts a guest: the words of virtiofsd, which shares files with it, and of qemu.
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { exec } from "../../src/lib/exec.ts";

const cache = join(import.meta.dirname, "cache");
const virtiofsd = "/usr/lib/qemu/virtiofsd";

/** What the guest finds in /.guest until its root is made of it, and where it comes from. */
const shared: Readonly<Record<string, string>> = {
  machine: "/",
  checkout: resolve(import.meta.dirname, "../.."),
  modules: join(cache, "modules"),
  packages: join(cache, "packages"),
  door: join(import.meta.dirname, "door"),
};

/** Why no guest can run here, if so. Under emulation it takes minutes, so it does only where it was asked for. */
export async function whyNoGuest(): Promise<string | undefined> {
  if (process.env["PORTWAY_GUEST"] !== "1") return "boots emulated machines, which takes minutes: sudo make guest";
  if (process.getuid?.() !== 0) return "needs root, to share files with a guest: sudo make e2e";
  if (process.arch !== "x64") return `guests are made for x64 alone, and this is ${process.arch}`;
  if ((await exec("qemu-system-x86_64", ["--version"])).code !== 0) return "needs qemu: sudo make guest";
  if (!existsSync(virtiofsd)) return `needs ${virtiofsd}: sudo make guest`;
  return existsSync(join(cache, "done")) ? undefined : "needs the guest's kernel: sudo make guest";
}

// In a mount namespace of its own, where all that is shared is bound read-only: nothing in a guest can write to it.
const share = `
set -eu
folder=$1 daemon=$2
shift 2
for pair in "$@"; do
  to=$folder/share/\${pair%%=*}
  mkdir -p "$to"
  mount --bind "\${pair#*=}" "$to"
  mount -o remount,bind,ro "$to"
done
exec "$daemon" -f -o "source=$folder/share,cache=always,no_readdirplus,sandbox=chroot,xattr" --socket-path="$folder/share.sock"
`;

/** Shares the files, by a socket share.sock in `folder`. */
export function shareWords(folder: string): string[] {
  const pairs = Object.entries(shared).map(([name, from]) => `${name}=${from}`);
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", share, "sh", folder, virtiofsd, ...pairs];
}

/** What eth0 is plugged into: one of two sockets, the other of which is another guest's, or an interface that is there. */
export type Cable = readonly [here: string, there: string] | Tap;

/** A tap of a network namespace, which qemu then runs in. */
export interface Tap {
  readonly tap: string;
  /** A process in the namespace. */
  readonly pid: number;
  /** The last part of the card's own address. */
  readonly number: number;
}

export interface Machine {
  /** Holds share.sock, door.sock and console.log. */
  readonly folder: string;
  readonly memoryMiB: number;
  /** A file with a file system that keeps what the guest writes. */
  readonly disk: string | undefined;
  readonly cable: Cable | undefined;
  readonly steady: boolean;
}

/** Starts the machine: it ends when the guest switches itself off or boots anew. */
export function qemuWords({ folder, memoryMiB, disk, cable, steady }: Machine): string[] {
  const words = `
    -M q35 ${processor()} ${steady && !isAble() ? "-icount shift=0,sleep=on" : ""} -m ${memoryMiB}
    -object memory-backend-memfd,id=memory,size=${memoryMiB}M,share=on -numa node,memdev=memory
    -nodefaults -no-user-config -no-reboot -display none -monitor none -serial file:${folder}/console.log
    -kernel ${cache}/vmlinuz -initrd ${cache}/initrd
    -chardev socket,id=share,path=${folder}/share.sock -device vhost-user-fs-pci,chardev=share,tag=share
    -chardev socket,id=door,path=${folder}/door.sock
    -device virtio-serial-pci -device virtserialport,nr=1,chardev=door -device virtio-rng-pci
    ${disk === undefined ? "" : `-drive file=${disk},format=raw,if=virtio,cache=unsafe`}
    ${cable === undefined ? "" : networkWords(cable)}`;
  const inside = cable !== undefined && "tap" in cable ? ["nsenter", "-t", `${cable.pid}`, "-n", "--"] : [];
  return [...inside, "qemu-system-x86_64", ...words.trim().split(/\s+/), "-append", kernelWords.join(" ")];
}

/** A network card at this end of the cable; all have addresses of their own. */
function networkWords(cable: Cable): string {
  const card = (number: number) =>
    `-device virtio-net-pci,netdev=cable,mac=52:54:00:77:00:${number.toString(16).padStart(2, "0")}`;
  if ("tap" in cable) return `-netdev tap,id=cable,ifname=${cable.tap},script=no,downscript=no ${card(cable.number)}`;
  const [here, there] = cable;
  const [local, remote] = [`local.type=unix,local.path=${here}`, `remote.type=unix,remote.path=${there}`];
  return `-netdev dgram,id=cable,${local},${remote} ${card(here < there ? 1 : 2)}`;
}

/**
 * Where the processor has what stock kernels are virtualised by; emulation otherwise. Emulated, it has one core: with two, one
 * start of Node in fifteen crashed (qemu 7.2), with one none in 24.
 */
function processor(): string {
  return isAble() ? `-accel kvm -cpu host -smp ${availableParallelism()}` : "-accel tcg -cpu Nehalem -smp 1";
}

const isAble = () => existsSync("/dev/kvm") && / (vmx|svm) /.test(readFileSync("/proc/cpuinfo", "utf8"));

/** Units of a Debian machine that say nothing about Portway and take their time. */
const left = ["getty.target", "systemd-logind.service", "systemd-timesyncd.service", "e2scrub_reap.service"];

// Under emulation, the kernel's own choice of a clock (hpet) halves the speed.
const kernelWords = [
  ...["console=ttyS0", "panic=-1", "mitigations=off", "tsc=reliable", "clocksource=tsc", "random.trust_cpu=on"],
  ...["systemd.unit=multi-user.target", "systemd.wants=door.service", "systemd.show_status=yes"],
  ...left.map((unit) => `systemd.mask=${unit}`),
];
