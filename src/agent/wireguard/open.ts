// Chooses between the kernel's WireGuard and wireguard-go.
import type { Clock } from "../../lib/clock.ts";
import type { Paths } from "../../lib/paths.ts";
import { wireguardFolder } from "../files.ts";
import { kernelWireGuard } from "./kernel.ts";
import { userspaceWireGuard } from "./userspace.ts";
import { findKind, type Privileged, type WireGuard } from "./wireguard.ts";

export type WireGuardChoice = "auto" | WireGuard["kind"];

export interface OpenOptions extends Privileged {
  readonly paths: Paths;
  readonly clock: Clock;
  readonly wireguard?: WireGuardChoice;
}

export async function openWireGuard(options: OpenOptions): Promise<WireGuard> {
  const choice = options.wireguard ?? "auto";
  const kind = choice === "auto" ? await findKind(options) : choice;
  if (kind === "kernel") return kernelWireGuard(options);
  const folder = wireguardFolder(options.paths.agent);
  return userspaceWireGuard({ ...options, folder });
}
