// What the second nginx's log says of connections that ended, as counters: its stream module has no other voice.
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { GatewayCounters } from "../wire/edge.ts";

/** Read at a time: a flood of lines is counted later, and stalls nothing. */
const mostBytes = 4 * 1024 * 1024;
const longestLine = 16_384;

type Counted = { counters: Record<string, number>; histograms: Record<string, Histogram> };
type Histogram = { readonly boundsMs: readonly number[]; buckets: [number, number][]; sumMs: number; count: number };

const connectionBoundsMs = [10, 100, 1000, 10_000, 60_000, 600_000, 3_600_000];
const connectBoundsMs = [1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500];

export interface StreamLog {
  /** Counts what was written since the last time; what stood there before the first is not counted. */
  readonly read: () => void;
  readonly counters: () => GatewayCounters;
}

export function streamLog(path: string): StreamLog {
  const counted: Counted = { counters: {}, histograms: {} };
  let file: number | undefined = openIfAny(path);
  let offset = file === undefined ? 0 : fstatSync(file).size;
  let rest = "";
  let isLeft = false;

  /** True when there may be more. */
  function readSome(): boolean {
    if (file === undefined) return false;
    const buffer = Buffer.allocUnsafe(Math.min(mostBytes, Math.max(0, fstatSync(file).size - offset)));
    if (buffer.length === 0) return false;
    const length = readSync(file, buffer, 0, buffer.length, offset);
    offset += length;
    const lines = (rest + buffer.toString("utf8", 0, length)).split("\n");
    rest = lines.pop()!.slice(0, longestLine);
    for (const line of lines) count(line, counted);
    return length === mostBytes;
  }

  return {
    read() {
      file ??= openIfAny(path);
      if (readSome() || file === undefined) return;
      if (isSame(path, file)) return;
      // Renamed: nginx writes to the old one until it has heard of it, so that it is read once more.
      if (!isLeft) {
        isLeft = true;
        return;
      }
      closeSync(file);
      [file, offset, rest, isLeft] = [openIfAny(path), 0, "", false];
      readSome();
    },
    counters: () => counted,
  };
}

function openIfAny(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isSame(path: string, file: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(file).ino;
}

/** nginx's status of a connection (ngx_stream_core_module, `$status`). */
const outcomes: Readonly<Record<number, string>> = {
  200: "ok",
  400: "malformed",
  403: "notAllowed",
  500: "noRoute",
  502: "noTarget",
  503: "limited",
};

interface Line {
  readonly listener: string;
  readonly status: number;
  readonly received: number;
  readonly sent: number;
  readonly seconds: number;
  /** Of each try, separated by commas; `-` for one that failed. */
  readonly connect: string;
}

function count(text: string, { counters, histograms }: Counted): void {
  const line = parse(text);
  if (line === undefined) return;
  const { listener, status, received, sent, seconds, connect } = line;
  const add = (key: string, amount: number) => {
    counters[key] = (counters[key] ?? 0) + amount;
  };
  const observe = (name: string, boundsMs: readonly number[], ms: number) => {
    const key = `${name}|listener=${listener}`;
    const histogram = histograms[key] ?? { boundsMs, buckets: emptyBuckets(boundsMs), sumMs: 0, count: 0 };
    histograms[key] = histogram;
    histogram.buckets.find(([upperMs]) => ms <= upperMs)![1]++;
    histogram.sumMs += ms;
    histogram.count++;
  };
  add(`portway_listener_connections_total|listener=${listener},outcome=${outcomes[status] ?? "error"}`, 1);
  add(`portway_listener_bytes_total|listener=${listener},direction=received`, received);
  add(`portway_listener_bytes_total|listener=${listener},direction=sent`, sent);
  observe("portway_listener_connection_seconds", connectionBoundsMs, seconds * 1000);
  const connected = Number.parseFloat(connect.split(",").at(-1) ?? "");
  if (Number.isFinite(connected)) observe("portway_listener_connect_seconds", connectBoundsMs, connected * 1000);
}

const emptyBuckets = (boundsMs: readonly number[]) => [...boundsMs, Infinity].map((ms): [number, number] => [ms, 0]);

function parse(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Line;
    return typeof line.listener === "string" && typeof line.connect === "string" ? line : undefined;
  } catch {
    return undefined; // cut by a full disk
  }
}
