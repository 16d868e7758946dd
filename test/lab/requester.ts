// A continuous flow of HTTP requests, one after the other, each recorded.
import { join } from "node:path";
import type { Box } from "./box.ts";
import { waitFor } from "./wait-for.ts";

export interface RequestOptions {
  /** At most so many a second; 50 unless told. A slow answer delays the next request. */
  readonly perSecond?: number;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A request that takes longer has failed; 5 s unless told. */
  readonly timeoutMs?: number;
  /** One connection for all, while it lasts; true unless told. */
  readonly keepAlive?: boolean;
  /** PEM of the authority to trust; without it any certificate will do. */
  readonly ca?: string;
  /** What counts as success; 200 unless told. */
  readonly expect?: readonly number[];
}

/** One request as request-loop.ts writes it, a line each. */
export interface RequestRecord {
  /** When it began, ms since the Unix epoch. */
  readonly at: number;
  readonly ms: number;
  readonly status?: number;
  /** Instead of a status: why there was none. */
  readonly error?: string;
  /** Header x-served-by of the answer. */
  readonly servedBy?: string;
}

export interface RequestReport {
  readonly count: number;
  readonly failures: readonly RequestRecord[];
  readonly byServer: Readonly<Record<string, number>>;
  readonly longestMs: number;
}

export interface Requester {
  /** What was seen so far. */
  readonly report: () => RequestReport;
  /** Ends after the request under way. */
  readonly stop: () => Promise<RequestReport>;
}

/** Sends requests to `url` from `box` until stopped; resolves once the first one has ended. */
export async function requester(box: Box, url: string, options: RequestOptions = {}): Promise<Requester> {
  const { expect = [200], ...rest } = options;
  const program = join(import.meta.dirname, "request-loop.ts");
  const loop = box.start([process.execPath, program, JSON.stringify({ ...rest, url })], { name: "requests" });
  const report = () => requestReport(loop.logText(), expect);
  await waitFor(() => report().count > 0, { what: `a first request of ${box.name} to ${url}` });
  return {
    report,
    stop: async () => {
      const exit = await loop.stop((options.timeoutMs ?? 5000) + 1000);
      if (exit.code !== 0) throw new Error(`requests to ${url} ended early: ${loop.logText().slice(-1000)}`);
      return report();
    },
  };
}

function requestReport(output: string, expect: readonly number[]): RequestReport {
  const lines = output.split("\n").slice(0, -1); // the last one is empty, or half written
  const records = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as RequestRecord);
  const byServer: Record<string, number> = {};
  for (const { servedBy } of records) if (servedBy !== undefined) byServer[servedBy] = (byServer[servedBy] ?? 0) + 1;
  return {
    count: records.length,
    failures: records.filter((one) => one.status === undefined || !expect.includes(one.status)),
    byServer,
    longestMs: records.reduce((longest, one) => Math.max(longest, one.ms), 0),
  };
}
