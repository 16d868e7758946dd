// The edge of a host: owns nginx. It keeps nginx.conf and nginx itself as control's nginx object asks (keep-nginx.ts), pushes
// everything else as a snapshot into nginx's memory (keep-snapshot.ts), and tells how it goes (telemetry.ts, status.ts).
// nginx outlives it, and the last state on disk serves when control is away.
import { join } from "node:path";
import { connectControl } from "../host/control-client.ts";
import { controlSource, type Source } from "../host/follow-control.ts";
import type { Clock } from "../lib/clock.ts";
import type { Exec } from "../lib/exec.ts";
import { readJsonIfAny, writeFileAtomic } from "../lib/files.ts";
import { readIdentity } from "../lib/identity.ts";
import type { Log } from "../lib/log.ts";
import type { Paths } from "../lib/paths.ts";
import { AppError } from "../wire/errors.ts";
import { followedFrom, nothingFollowed } from "../wire/follow.ts";
import type { EdgeStatus } from "../wire/stream.ts";
import { watchedFiles } from "./file-watch.ts";
import { nginxKeeper } from "./keep-nginx.ts";
import { snapshotKeeper } from "./keep-snapshot.ts";
import { type LocalServer, localPages, serveOnPort, serveOnSocket } from "./local-server.ts";
import { type Rounds, startRounds } from "./loop.ts";
import { readMachine } from "./machine.ts";
import { nginxProcess } from "./nginx-process.ts";
import { fallbackName, makeFolders, type PlaceOptions, placeOf, selfSignedFolder } from "./place.ts";
import { snapshotPusher } from "./push.ts";
import { selfSignedFor } from "./self-signed.ts";
import { edgeStatus } from "./status.ts";
import { telemetry } from "./telemetry.ts";

export interface EdgeOptions extends Omit<PlaceOptions, "node"> {
  readonly paths: Paths;
  readonly log: Log;
  readonly clock: Clock;
  readonly exec: Exec;
  /** `external`: a service manager starts nginx, the edge writes its files and signals it. `spawn` unless told. */
  readonly nginx?: "spawn" | "external";
  /** Where Prometheus asks for /metrics; 127.0.0.1:9145 unless told, null: nowhere. */
  readonly metricsListen?: { readonly host: string; readonly port: number } | null;
  /** The control of the network that this host joined, unless told. */
  readonly control?: EdgeControl;
}

/** Where desired states come from and statuses go. */
export interface EdgeControl {
  /** This edge's name. */
  readonly node: string;
  readonly source: Source;
  /** Rejects with AppError. */
  readonly report: (status: EdgeStatus, signal: AbortSignal) => Promise<void>;
}

export interface Edge {
  readonly status: () => EdgeStatus;
  /** Where metrics are served; undefined: nowhere. */
  readonly metricsPort: number | undefined;
  /** Ends the edge; nginx goes on serving unless `stopNginx` is set, then it has `graceMs` (30 s) to finish its requests. */
  readonly close: (options?: { readonly stopNginx?: boolean; readonly graceMs?: number }) => Promise<void>;
}

const lookMs = 250;
const filesMs = 2_000;
const pollMs = 1_000;
const reportMs = 10_000;
const quietMs = 100;
const graceMs = 30_000;

/** Starts the edge of a host that has joined; throws AppError where it cannot. */
export async function runEdge(options: EdgeOptions): Promise<Edge> {
  const { paths, log, clock, exec } = options;
  const control = options.control ?? joinedControl(paths, clock);
  const place = placeOf({ ...options, node: control.node });
  const stateFile = join(paths.edge, "control.json");
  const nowMs = () => clock.now();
  const selfSigned = (name: string) => selfSignedFor(selfSignedFolder(paths), name, nowMs());

  makeFolders(paths, place);
  let followed = followedFrom(readJsonIfAny(stateFile)) ?? nothingFollowed;
  let isRemoved = false;
  const files = watchedFiles();
  const door = { socketPath: place.socket };
  const nginx = nginxProcess({
    ...{ folder: paths.edge, pidFile: place.pidFile, errorLog: place.errorLog, socket: place.socket },
    ...{ mode: options.nginx ?? "spawn", program: "nginx", exec, clock, log },
  });
  const pusher = snapshotPusher({ door, stateFile: place.stateFile, log });
  const polled = telemetry(door, clock.monotonic);
  const keeper = nginxKeeper({
    ...{ nginx, place, clock, machine: readMachine(), objects: () => followed.objects },
    onNew() {
      pusher.forget();
      rounds.wake("snapshot");
    },
    onDeath: () => rounds.wake("nginx"),
    onChange: () => rounds.wake("report"),
  });
  const snapshots = snapshotKeeper({
    ...{ pusher, files, selfSigned, nowMs, followed: () => followed, isRunning: nginx.isRunning },
    onChange: () => rounds.wake("report"),
  });
  const status = () =>
    edgeStatus({
      ...{ keeper, snapshots, polled, isRemoved, nowMs: nowMs(), failures: rounds.failures() },
      isEdge: followed.objects["nginx"] !== undefined,
      found: nginx.found(),
      objects: pusher.inForce().objects,
    });
  const pages = localPages({ status, counters: polled.counters });

  const server = await serveOnSocket(paths.edgeSocket, pages);
  await selfSigned(fallbackName);
  const metrics = await openMetrics(options, pages);
  const end = new AbortController();

  const onRemoved = () => {
    isRemoved = true;
    log.error(
      {},
      "control has removed this host from the network: what was served before stays until the edge is stopped",
    );
  };
  async function report(): Promise<number> {
    await clock.sleep(quietMs, end.signal); // a change seldom comes alone
    if (isRemoved || end.signal.aborted) return reportMs;
    try {
      await control.report(status(), end.signal);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      log.debug({ reason: error.message }, "control did not take the status"); // the next one says all of it again
    }
    return reportMs;
  }

  const rounds: Rounds = startRounds(
    {
      save: async () => {
        if (followed !== nothingFollowed) writeFileAtomic(stateFile, JSON.stringify(followed), 0o600);
        return reportMs * 360;
      },
      nginx: keeper.pass,
      snapshot: snapshots.pass,
      look: async () => {
        keeper.look();
        return lookMs;
      },
      files: async () => {
        if (files.changed()) rounds.wake("snapshot");
        return filesMs;
      },
      telemetry: async () => {
        if (nginx.isRunning()) await polled.poll();
        return pollMs;
      },
      report,
    },
    { clock, log, signal: end.signal },
  );
  const following = control.source(
    followed,
    {
      onState(state) {
        followed = state;
        for (const round of ["nginx", "snapshot", "save"]) rounds.wake(round);
      },
      onRemoved,
      onConnection(failure) {
        if (failure === undefined) log.info({}, "connected to control");
        else log.warn({ reason: failure }, "no connection to control");
        if (failure === undefined) rounds.wake("report");
      },
    },
    end.signal,
  );

  return {
    status,
    metricsPort: metrics?.port,
    async close({ stopNginx = false, graceMs: grace = graceMs } = {}) {
      end.abort();
      await Promise.all([rounds.ended, following, server.close(), metrics?.close()]);
      if (stopNginx) await nginx.stop(grace);
    },
  };
}

function joinedControl(paths: Paths, clock: Clock): EdgeControl {
  const identity = readIdentity(paths.identity);
  if (identity === undefined) {
    throw new AppError("notRunning", "this host is not a member of a network", { hint: "run: portway join TOKEN" });
  }
  const client = connectControl(identity);
  return {
    node: identity.name,
    source: controlSource(client, "edge", clock),
    report: (status, signal) => client.post("selfStatus", status, signal),
  };
}

/** A port that is taken is no reason to serve nothing: it is logged, and the socket has the same page. */
async function openMetrics(
  { metricsListen, log }: EdgeOptions,
  pages: Parameters<typeof serveOnPort>[2],
): Promise<LocalServer | undefined> {
  const { host, port } =
    metricsListen === undefined ? { host: "127.0.0.1", port: 9145 } : (metricsListen ?? { host: "", port: -1 });
  if (port < 0) return undefined;
  try {
    return await serveOnPort(host, port, pages);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log.error({ reason: error.message }, "no metrics");
    return undefined;
  }
}
