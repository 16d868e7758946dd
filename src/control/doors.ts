// Where hosts reach this control, as addresses: names are looked up.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { ControlDoor } from "../plan/cut-off.ts";

const defaultPort = 443;

/** A name that leads nowhere from here is left out: it may from elsewhere. */
export async function doorsOf(urls: readonly string[]): Promise<readonly ControlDoor[]> {
  const found = urls.map(async (text) => {
    const { hostname, port } = new URL(text);
    const host = hostname.replace(/^\[|\]$/g, "");
    const known =
      isIP(host) > 0 ? [host] : (await lookup(host, { all: true }).catch(() => [])).map((one) => one.address);
    return known.map((address) => ({ address, port: Number(port || defaultPort) }));
  });
  return (await Promise.all(found)).flat();
}
