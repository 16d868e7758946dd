// Where Prometheus asks: a port that answers on loopback and on the overlay's addresses alone. It may be a socket that a
// service manager opened for all addresses, so each connection is looked at: what came by another one is closed unread.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Log } from "../../lib/log.ts";
import { parseAddress } from "../../net/address.ts";
import { parsePrefix, prefixContains } from "../../net/prefix.ts";
import type { Inherited, Listening } from "../server.ts";

export interface MetricsDoor {
  readonly place: { readonly host: string; readonly port: number } | Inherited;
  /** The overlay's prefixes as of now. */
  readonly overlay: () => readonly string[];
  readonly text: () => string;
  readonly log: Log;
}

const maxConnections = 100;
const limits = { headersTimeout: 5_000, requestTimeout: 5_000, maxHeaderSize: 8_192 };

/** Rejects when it cannot listen. */
export async function listenForMetrics({ place, overlay, text, log }: MetricsDoor): Promise<Listening> {
  const server = createServer(limits, answering(text, log));
  server.maxConnections = maxConnections;
  server.on("connection", (socket) => {
    if (!isInside(socket.localAddress, overlay())) socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(place, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const answering =
  (text: () => string, log: Log): RequestListener =>
  ({ method, url = "" }, outgoing) => {
    const answer = (status: number, body: string) =>
      outgoing.writeHead(status, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(body);
    if (method !== "GET" || url.split("?")[0] !== "/metrics") return void answer(404, "");
    try {
      answer(200, text());
    } catch (error) {
      log.error({ err: error }, "metrics");
      answer(500, "");
    }
  };

const loopback = ["127.0.0.0/8", "::1/128"];

/** Whether the address of this machine that was called is loopback's, or within one of the prefixes. */
export function isInside(address: string | undefined, overlay: readonly string[]): boolean {
  const called = parseAddress((address ?? "").replace(/^::ffff:(?=\d+\.)/, ""));
  return called !== undefined && [...loopback, ...overlay].some((text) => prefixContains(parsePrefix(text)!, called));
}
