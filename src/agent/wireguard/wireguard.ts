// The seam to WireGuard, in the kernel or as supervised wireguard-go processes: how an interface comes, is read and goes.
// Everything else (`wg set`, addresses, routes) is the same for both.
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { CommandFailed, change, type Exec } from "../../lib/exec.ts";
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

/**
 * WireGuard's view of an interface; undefined when nothing answers for it. Rejects when `wg` hangs although the interface is
 * well: that says nothing of it, and to make it anew would end its sessions.
 */
export async function readDevice(exec: Exec, link: string): Promise<Device | undefined> {
  const ran = await exec("wg", ["show", link, "dump"], { timeoutMs: readMs });
  if (ran.timedOut && (!isUserspace(link) || (await answersQuestions(link))))
    throw new Error(`wg show ${link} dump: timed out after ${readMs} ms`);
  return ran.code === 0 ? parseDump(ran.stdout) : undefined;
}

const [readMs, answerMs] = [5_000, 1_000];

const isUserspace = (link: string) => existsSync(`/sys/class/net/${link}/tun_flags`);

/** Where wireguard-go listens for `wg`. */
export const socketOf = (link: string): string => `/var/run/wireguard/${link}.sock`;

/** Whether wireguard-go itself answers, asked without `wg`: a process that is stopped still takes connections. */
function answersQuestions(link: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketOf(link));
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(answerMs, () => settle(false));
    socket.once("data", () => settle(true)).once("error", () => settle(false));
    socket.write("get=1\n\n");
  });
}

const trial = "pwtrial";
const trialsAtMost = 6;

/**
 * Which kind a host has: the one that its interfaces are of, else the kernel's if it can make one. A machine that is too slow
 * to load the module in time has said nothing, and neither has an interface that an agent left when it was killed here.
 */
export async function findKind({ exec, announce }: Privileged, exists = linkExists): Promise<WireGuard["kind"]> {
  const present = planeNames.find(exists);
  if (present !== undefined) return isUserspace(present) ? "userspace" : "kernel";
  const words = ["link", "add", trial, "type", "wireguard"];
  for (let trials = 1; ; trials++) {
    if (exists(trial)) await change(exec, announce, "ip", ["link", "del", trial]);
    const made = await exec("ip", words);
    if (made.timedOut && trials < trialsAtMost) continue;
    if (made.timedOut) throw new CommandFailed("ip", words, made);
    if (made.code !== 0) return "userspace";
    await change(exec, announce, "ip", ["link", "del", trial]);
    return "kernel";
  }
}
