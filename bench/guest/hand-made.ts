// WireGuard as a person makes it, without a firewall: a machine that others reach, and that forwards between them.
import type { Host } from "../../test/lab/lab.ts";

const [link, port, network] = ["wg0", 51820, "10.9.0"] as const;

/** The centre is 10.9.0.1, its spokes are 10.9.0.2 and so on. */
export async function handMade(centre: Host, spokes: readonly Host[], mtu: number): Promise<void> {
  const keys: string[] = [];
  for (const [index, host] of [centre, ...spokes].entries())
    keys.push(await open(host, `${network}.${index + 1}`, mtu));
  for (const [index, spoke] of spokes.entries()) {
    const theirs = ["allowed-ips", `${network}.${index + 2}/32`];
    await centre.run(["wg", "set", link, "listen-port", `${port}`, "peer", keys[index + 1]!, ...theirs]);
    const where = ["endpoint", `${centre.addresses.ipv4}:${port}`, "persistent-keepalive", "25"];
    await spoke.run(["wg", "set", link, "peer", keys[0]!, "allowed-ips", `${network}.0/24`, ...where]);
  }
  await centre.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"]);
}

/** Makes the interface; answers its public key. */
async function open(host: Host, address: string, mtu: number): Promise<string> {
  const secret = (await host.run(["wg", "genkey"])).stdout.trim();
  await host.writeFile("/run/root/wg.key", secret, 0o600);
  await host.ip([`link add ${link} mtu ${mtu} type wireguard`]);
  await host.run(["wg", "set", link, "private-key", "/run/root/wg.key"]);
  await host.ip([`address add ${address}/24 dev ${link}`, `link set ${link} up`]);
  return (await host.run(["wg", "pubkey"], { input: secret })).stdout.trim();
}
