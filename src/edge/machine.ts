// What this host is like, as far as nginx.conf depends on it.
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { readFileIfAny } from "../lib/files.ts";
import type { Machine } from "./tuning.ts";

export function readMachine(): Machine {
  const limited = process.constrainedMemory();
  return {
    cores: availableParallelism(),
    memoryBytes: limited > 0 ? Math.min(limited, totalmem()) : totalmem(),
    openFilesLimit: openFilesLimit(readFileIfAny("/proc/self/limits") ?? ""),
  };
}

/** All addresses of this host; IPv6 only where the kernel has it. */
export function publicAddresses(): string[] {
  const hasIpv6 = (readFileIfAny("/proc/net/if_inet6") ?? "") !== "";
  return hasIpv6 ? ["0.0.0.0", "[::]"] : ["0.0.0.0"];
}

/** The account that nginx's workers change to when this process is root. */
export function workerAccount(): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return /^www-data:/m.test(readFileIfAny("/etc/passwd") ?? "") ? "www-data" : "nobody";
}

/** The number of an account's own group; undefined when /etc/passwd does not know the account. */
export function groupOf(account: string): number | undefined {
  const accounts = (readFileIfAny("/etc/passwd") ?? "").split("\n").map((line) => line.split(":"));
  const group = accounts.find(([name]) => name === account)?.[3];
  return group === undefined ? undefined : Number(group);
}

/** Names the gateway's code: nginx must load it anew when it changes. */
export function gatewayBuild(luaRoot: string): string {
  const hash = createHash("sha256");
  for (const file of globSync("**/*.lua", { cwd: luaRoot }).sort()) {
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(luaRoot, file)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 12);
}

/** The hard limit in a text of /proc/PID/limits. */
export function openFilesLimit(limits: string): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  if (hard === "unlimited") return 1_048_576;
  return Number(hard ?? 1024);
}
