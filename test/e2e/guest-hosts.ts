// Two guests on one cable, each with systemd as process 1 and Portway's checkout in /opt/portway, as docs/install.md says.
//
//   edge-1 198.51.100.1 ── cable ── 198.51.100.2 api-1, an API on port 8080
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Guest, type GuestOptions, makeDisk, openGuest } from "../guest/guest.ts";
import { pingReport } from "../lab/pinger.ts";
import { waitFor } from "../lab/wait-for.ts";

export const publicName = "api.example.com";

export interface GuestHosts {
  readonly edge: Guest;
  readonly api: Guest;
  /** Cuts edge-1's power and boots it again from its disk. */
  readonly bootEdge: () => Promise<void>;
  /** Waits until a public request, which api-1 makes on the cable, is answered by api-1 through the tunnel. */
  readonly served: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Boots both, with names and addresses but nothing of Portway running. */
export async function openGuestHosts(): Promise<GuestHosts> {
  const folder = mkdtempSync("/tmp/portway-guests-");
  const [left, right] = [join(folder, "edge"), join(folder, "api")];
  const disk = await makeDisk(join(folder, "edge.disk"));
  const bootOne = async (name: string, address: string, options: GuestOptions) => {
    const guest = await openGuest({ memoryMiB: 1536, ...options });
    await guest.run(`hostname ${name}
      ip link set eth0 up
      ip address add ${address}/24 dev eth0
      echo "127.0.0.1 localhost" >/etc/hosts
      echo "198.51.100.1 edge.example.com ${publicName}" >>/etc/hosts
      ln -sf /opt/portway/bin/portway /usr/local/bin/portway`);
    return guest;
  };
  const bootEdge = () => bootOne("edge-1", "198.51.100.1", { disk, cable: [left, right] });
  let edge: Guest | undefined;
  let api: Guest | undefined;
  const close = async () => {
    await Promise.all([edge?.stop(), api?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    [edge, api] = await Promise.all([bootEdge(), bootOne("api-1", "198.51.100.2", { cable: [right, left] })]);
    await api.run("systemd-run --unit=api node /opt/portway/test/lab/api-server.ts --name api-1");
  } catch (error) {
    await close();
    throw error;
  }
  return {
    get edge() {
      return edge!;
    },
    api,
    bootEdge: async () => {
      await edge!.stop();
      edge = await bootEdge();
    },
    served: async () => {
      const ask = `curl -sk -m5 -o /dev/null -w '%{http_code} %header{x-served-by}' https://${publicName}/`;
      const answer = async () => (await api!.run(ask, { check: false })).stdout === "200 api-1";
      await waitFor(answer, { what: "an answer of api-1 through edge-1", timeoutMs: 120_000, intervalMs: 500 });
    },
    close,
  };
}

/** Pings from a guest while `work` is done, and tells what was lost. */
export async function pingDuring(guest: Guest, address: string, work: () => Promise<void>) {
  await guest.run(`setsid ping -D -n -i 0.05 ${address} >/run/guest/ping 2>&1 & echo $! >/run/guest/ping.pid`);
  await work();
  const { stdout } = await guest.run("kill -INT $(cat /run/guest/ping.pid); sleep 1; cat /run/guest/ping");
  return pingReport(stdout);
}
