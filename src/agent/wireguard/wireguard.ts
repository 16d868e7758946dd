// The seam to WireGuard, in the kernel or as supervised wireguard-go processes: how an interface comes, is read and goes.
// Everything else (`wg set`, addresses, routes) is the same for both.
import { existsSync } from "node:fs";
import { change, type Exec } from "../../lib/exec.ts";
import type { Device } from "../overlay/model.ts";
import { planeNames } from "../overlay/model.ts";
import { parseDump } from "./dump.ts";

export interface WireGuard {
  readonly kind: "kernel" | "userspace";
  /** Makes an interface that can be configured when this resolves; one of that name that nothing answers for goes first. */
  readonly create: (link: string) => Promise<void>;
  readonly remove: (link: string) => Promise<void>;
  /** Whether it is still there, without starting a process. */
  readonly isAlive: (link: string) => boolean;
}

/** How a privileged command is run and announced. */
export interface Privileged {
  readonly exec: Exec;
  readonly announce: (command: string) => void;
}

export const linkExists = (link: string): boolean => existsSync(`/sys/class/net/${link}`);

/** WireGuard's view of an interface; undefined when nothing answers for it. */
export async function readDevice(exec: Exec, link: string): Promise<Device | undefined> {
  const ran = await exec("wg", ["show", link, "dump"], { timeoutMs: 5000 });
  return ran.code === 0 ? parseDump(ran.stdout) : undefined;
}

/** Which kind a host has: the one that its interfaces are of, else the kernel's if it can make one. */
export async function findKind({ exec, announce }: Privileged): Promise<WireGuard["kind"]> {
  const present = planeNames.find(linkExists);
  if (present !== undefined) return existsSync(`/sys/class/net/${present}/tun_flags`) ? "userspace" : "kernel";
  const trial = "pwtrial";
  const made = await exec("ip", ["link", "add", trial, "type", "wireguard"]);
  if (made.code !== 0) return "userspace";
  await change(exec, announce, "ip", ["link", "del", trial]);
  return "kernel";
}
