// Whether this host has a route to an address: an edge without IPv6 has no use for a name's IPv6 addresses.
import { createSocket } from "node:dgram";

/** Connecting a UDP socket chooses a route and sends nothing. */
export function isRoutable(address: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("error", () => resolve(false));
  socket.connect(9, address, (error?: Error) => resolve(error === undefined));
  return promise.finally(() => socket.close());
}
