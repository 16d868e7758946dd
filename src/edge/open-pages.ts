// Where this host reads what the edge says: its socket, and a port for Prometheus.
import { type LocalServer, type Pages, serveOnPort, serveOnSocket } from "../host/pages.ts";
import { AppError } from "../wire/errors.ts";
import type { EdgeOptions } from "./parts.ts";

export interface OpenPages {
  /** Where metrics are served; undefined: nowhere. */
  readonly metricsPort: number | undefined;
  readonly close: () => Promise<unknown>;
}

const defaultMetrics = { host: "127.0.0.1", port: 9145 };

export async function openPages(
  options: Pick<EdgeOptions, "paths" | "log" | "metricsListen">,
  pages: Pages,
): Promise<OpenPages> {
  const server = await serveOnSocket(options.paths.edgeSocket, pages);
  const metrics = await openMetrics(options, pages);
  return { metricsPort: metrics?.port, close: () => Promise.all([server.close(), metrics?.close()]) };
}

/** A port that is taken is no reason to serve nothing: it is logged, and the socket has the same pages. */
async function openMetrics(
  { metricsListen = defaultMetrics, log }: Pick<EdgeOptions, "log" | "metricsListen">,
  pages: Pages,
): Promise<LocalServer | undefined> {
  if (metricsListen === null) return undefined;
  try {
    return await serveOnPort(metricsListen.host, metricsListen.port, pages);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log.error({ reason: error.message }, "no metrics");
    return undefined;
  }
}
