// WireGuard in the kernel: an interface lives by itself.
import { change } from "../../lib/exec.ts";
import { linkExists, type Privileged, type WireGuard } from "./wireguard.ts";

export function kernelWireGuard({ exec, announce }: Privileged): WireGuard {
  const remove = async (link: string) => {
    if (linkExists(link)) await change(exec, announce, "ip", ["link", "del", link]);
  };
  return {
    kind: "kernel",
    create: async (link) => {
      await remove(link);
      await change(exec, announce, "ip", ["link", "add", link, "type", "wireguard"]);
    },
    remove,
    isAlive: linkExists,
  };
}
