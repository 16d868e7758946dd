// What a host needs to have, whether or not it has joined: programs, the kernel's parts, free ports, IPv6.

import { createSocket } from "node:dgram";
import { accessSync, constants, existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { Exec } from "../../lib/exec.ts";
import { type Finding, finding } from "./finding.ts";

/** Debian's packages, by the program that is needed of each. */
const needed = { ip: "iproute2", nft: "nftables", wg: "wireguard-tools", ping: "iputils-ping" } as const;

const hasProgram = (name: string, path: string): boolean =>
  `${path}:/usr/sbin:/sbin`.split(":").some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

export function programsFinding(path: string): Finding {
  const missing = (Object.keys(needed) as (keyof typeof needed)[]).filter((name) => !hasProgram(name, path));
  if (missing.length === 0) return finding("programs", "good", `${Object.keys(needed).join(", ")} are there`);
  const packages = missing.map((name) => needed[name]).join(" ");
  return finding("programs", "bad", `missing: ${missing.join(", ")}`, { hint: `apt install ${packages}` });
}

/** WireGuard in the kernel, or what its stand-in needs; nftables. */
export async function kernelFinding(exec: Exec, path: string): Promise<Finding> {
  const inKernel =
    existsSync("/sys/module/wireguard") || (await exec("modprobe", ["-n", "-q", "wireguard"])).code === 0;
  const userspace = hasProgram("wireguard-go", path) && existsSync("/dev/net/tun");
  const tables = await exec("nft", ["list", "tables"]);
  const details = { wireguard: inKernel ? "kernel" : userspace ? "userspace" : "none", nftables: tables.code === 0 };
  if (!inKernel && !userspace)
    return finding("kernel", "bad", "there is no WireGuard: not in the kernel, and no wireguard-go with /dev/net/tun", {
      details,
      hint: "apt install wireguard-go, or a kernel with WireGuard (5.6 or later)",
    });
  if (tables.code !== 0)
    return finding("kernel", "bad", `nftables cannot be used: ${tables.stderr.trim().split("\n")[0] ?? ""}`, {
      details,
      hint: "run this as root; the kernel needs nf_tables",
    });
  return finding("kernel", "good", `WireGuard in ${inKernel ? "the kernel" : "userspace (wireguard-go)"}, nftables`, {
    details,
  });
}

/** UDP ports that planes listen on (docs/install.md), and what each is for. */
const planePorts: Readonly<Record<string, number>> = { pw0: 51820, pwx: 51821, pwr: 51822 };

/** Ports of interfaces that outlive their agent. */
export const portsOfLinks = (): readonly number[] =>
  Object.entries(planePorts).flatMap(([plane, port]) => (existsSync(`/sys/class/net/${plane}`) ? [port] : []));

/** `own`: ports that this host's planes listen on by now. */
export async function portsFinding(own: readonly number[]): Promise<Finding> {
  const asked = Object.values(planePorts).filter((port) => !own.includes(port));
  const taken = (await Promise.all(asked.map(async (port) => ((await isFree(port)) ? [] : [port])))).flat();
  const details = { own, taken };
  const mine = own.length > 0 ? `this host's planes have UDP ${own.join(", ")}; ` : "";
  if (taken.length === 0)
    return finding("ports", "good", `${mine}no other program has a port of Portway's`, { details });
  return finding("ports", "bad", `another program has UDP ${taken.join(", ")}`, {
    details,
    hint: "`ss -lunp` says which; stop it, or give this host others in the file: ports: { direct: …, relay: … }",
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const settle = (free: boolean) => socket.close(() => resolve(free));
    socket.once("error", () => settle(false));
    socket.bind({ port, exclusive: true }, () => settle(true));
  });
}

/** A UDP socket that is connected sends nothing: it tells whether there is a way. */
function hasWay(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    const settle = (has: boolean) => socket.close(() => resolve(has));
    socket.once("error", () => settle(false));
    socket.connect(9, address, () => settle(true));
  });
}

/** `relays`: IPv6 addresses of relays, else one of the internet at large is asked for a way. */
export async function ipv6Finding(relays: readonly string[]): Promise<Finding> {
  const addresses = Object.entries(networkInterfaces())
    .filter(([name]) => !name.startsWith("pw"))
    .flatMap(([, all]) => all ?? [])
    .filter(({ family, internal, address }) => family === "IPv6" && !internal && !/^fe80:/.test(address))
    .map(({ address }) => address);
  const hasRoute = (await Promise.all((relays.length > 0 ? relays : ["2000::1"]).map(hasWay))).some(Boolean);
  const details = { addresses, hasRoute };
  if (addresses.length > 0 && hasRoute) return finding("ipv6", "good", `IPv6 by ${addresses[0]}`, { details });
  const why = addresses.length === 0 ? "no address" : "an address, but no route out";
  return finding("ipv6", "unknown", `no IPv6 here: ${why}; IPv4 does`, { details });
}
