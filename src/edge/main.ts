// The edge of a host: owns nginx. It keeps nginx.conf and nginx itself as control's nginx object asks (keep-nginx.ts), pushes
// everything else as a snapshot into nginx's memory (keep-snapshot.ts), and tells how it goes (telemetry.ts, status.ts).
// nginx outlives it, and the last state on disk serves when control is away.
import { join } from "node:path";
import { type LocalServer, type Pages, serveOnPort, serveOnSocket } from "../host/pages.ts";
import type { Clock } from "../lib/clock.ts";
import type { Exec } from "../lib/exec.ts";
import { readJsonIfAny, writeFileAtomic } from "../lib/files.ts";
import type { Log } from "../lib/log.ts";
import type { Paths } from "../lib/paths.ts";
import type { NginxObject } from "../wire/edge.ts";
import { AppError } from "../wire/errors.ts";
import { followedFrom, nothingFollowed } from "../wire/follow.ts";
import type { EdgeStatus, Question } from "../wire/stream.ts";
import { accessLogCopy } from "./access-log-copy.ts";
import { type EdgeControl, joinedControl } from "./control.ts";
import { drainsIn, drainTeller, newsOfDrains } from "./drains.ts";
import { edgeEvents } from "./events.ts";
import { watchedFiles } from "./file-watch.ts";
import { checkedServices, withListeners } from "./health/checked.ts";
import { healthKeeper } from "./health/keep-health.ts";
import { knownVerdicts } from "./health/tell.ts";
import { nginxKeeper } from "./keep-nginx.ts";
import { snapshotKeeper } from "./keep-snapshot.ts";
import { startRounds } from "./loop.ts";
import { readMachine } from "./machine.ts";
import { nameKeeper } from "./names/keep-names.ts";
import { lookUp } from "./names/look-up.ts";
import { isRoutable } from "./names/routable.ts";
import type { Place } from "./nginx-conf.ts";
import { nginxProcess } from "./nginx-process.ts";
import { localPages } from "./pages.ts";
import { fallbackName, makeFolders, type PlaceOptions, placeOf, selfSignedFolder } from "./place.ts";
import { snapshotPusher } from "./push.ts";
import { answerTo } from "./questions.ts";
import { logRotation } from "./rotate-logs.ts";
import { selfSignedFor } from "./self-signed.ts";
import { serviceReader } from "./services.ts";
import { edgeStatus } from "./status.ts";
import { streamEdge, streamNginx, together } from "./stream.ts";
import { telemetry } from "./telemetry.ts";
import { hasTrusts, trustFiles } from "./trust-files.ts";
import { lacksBrotli, nginxObject, wantedHttp } from "./wanted-conf.ts";

export interface EdgeOptions extends Omit<PlaceOptions, "node"> {
  readonly paths: Paths;
  readonly log: Log;
  readonly clock: Clock;
  readonly exec: Exec;
  /** `external`: a service manager starts nginx, the edge writes its files and signals it. `spawn` unless told. */
  readonly nginx?: "spawn" | "external";
  /** Where Prometheus asks for /metrics; 127.0.0.1:9145 unless told, null: nowhere. */
  readonly metricsListen?: { readonly host: string; readonly port: number } | null;
  /** Where lines of the access log go that are asked for on standard output: there, unless told. */
  readonly out?: (text: string) => void;
  /** The control of the network that this host joined, unless told. */
  readonly control?: EdgeControl;
}

export interface Edge {
  readonly status: () => EdgeStatus;
  /** Where metrics are served; undefined: nowhere. */
  readonly metricsPort: number | undefined;
  /** Resolves when control says that this host is no member any more; what was served before stays until `close`. */
  readonly removed: Promise<void>;
  /** Ends the edge; nginx goes on serving unless `stopNginx` is set: then it has `graceMs` (30 s) to finish its requests. */
  readonly close: (options?: { readonly stopNginx?: boolean; readonly graceMs?: number }) => Promise<void>;
}

const lookMs = 250;
const filesMs = 2_000;
const logsMs = 2_000;
const pollMs = 1_000;
const reportMs = 10_000;
const quietMs = 100;
const saveMs = 3_600_000;
const defaultGraceMs = 30_000;
const defaultMetrics = { host: "127.0.0.1", port: 9145 };

/** Starts the edge of a host that has joined; throws AppError where it cannot. */
export async function runEdge(options: EdgeOptions): Promise<Edge> {
  const { paths, log, clock } = options;
  const control = options.control ?? joinedControl(paths, clock);
  const place = placeOf({ ...options, node: control.node });
  const controlFile = join(paths.edge, "control.json");
  const nowMs = () => clock.now();
  const selfSigned = (name: string) => selfSignedFor(selfSignedFolder(paths), name, nowMs());
  const { promise: removed, resolve: remove } = Promise.withResolvers<void>();
  const end = new AbortController();

  makeFolders(paths, place);
  let followed = followedFrom(readJsonIfAny(controlFile)) ?? nothingFollowed;
  let saved = followed;
  let isRemoved = false;
  let inForceSince = clock.monotonic();
  const files = watchedFiles();
  const door = { socketPath: place.socket };
  const nginx = nginxAt(place, options);
  const pusher = snapshotPusher({ door, stateFile: place.stateFile, log });
  const rotateLogs = logRotation({ logs: [place.errorLog, place.accessLog], reopen: nginx.reopenLogs });
  const copyAccessLog = accessLogCopy(place.accessLog, options.out ?? ((text) => void process.stdout.write(text)));
  const polled = telemetry(door, clock.monotonic);
  const readServices = serviceReader();
  const gatewayServices = () => readServices(pusher.inForce().objects);
  const services = () => checkedServices(gatewayServices(), stream.services());
  const state = () => withListeners(polled.state(), gatewayServices(), health.down());
  const known = await knownVerdicts(door);
  const events = edgeEvents(nowMs, known === undefined);
  const drains = () => drainsIn(followed.objects);
  const drainsNews = newsOfDrains();
  const trustedFiles = watchedFiles();
  const trusts = trustFiles({
    folder: join(paths.edge, "trust"),
    read: trustedFiles.read,
    nobody: place.fallbackCertificate,
  });
  const health = healthKeeper({
    ...{ door, clock, log, services },
    known: (service) => (gatewayServices().some(({ name }) => name === service) ? known : stream.known),
    tunnelsFile: paths.tunnels,
    authoritiesOf: trusts.of,
    onChange: judgeAnew,
  });
  const names = nameKeeper({
    ...{ lookUp, isRoutable, clock, log },
    onAddresses: () => rounds.wake("snapshot"),
    onStanding(name, problem) {
      if (problem === undefined) events.add("name.back", name, `${name} can be looked up again`);
      else events.add("name.failed", name, `${name} cannot be looked up: ${problem}`);
      rounds.wake("report");
    },
  });
  const withTrusts = (nginx: NginxObject) => trusts.resolve(nginx, pusher.inForce().objects);
  const machine = readMachine();
  const keeper = nginxKeeper({
    nginx,
    clock,
    wanted: () => wantedHttp(followed.objects, machine, place, withTrusts),
    onNew() {
      const conf = keeper.inForce();
      if (conf !== undefined) trusts.sweep(conf);
      pushAnew();
    },
    onDeath: () => rounds.wake("nginx"),
    onChange: () => rounds.wake("report"),
  });
  const stream = streamEdge({
    ...{ paths, place, machine, exec: options.exec, clock, log, mode: options.nginx ?? "spawn" },
    objects: () => followed.objects,
    down: health.down,
    onDeath: () => rounds.wake("stream"),
    onChange: () => rounds.wake("report"),
  });
  const snapshots = snapshotKeeper({
    pusher,
    files,
    selfSigned,
    nowMs,
    followed: () => followed,
    isRunning: nginx.isRunning,
    addressesOf: names.addressesOf,
    isReadyFor: (objects) =>
      names.isReady() && (keeper.configError() !== undefined || hasTrusts(keeper.inForce(), objects)),
    onInForce() {
      inForceSince = clock.monotonic();
      health.follow();
      for (const round of ["save", "health"]) rounds.wake(round);
    },
    onChange: () => rounds.wake("report"),
  });
  const status = () =>
    edgeStatus({
      keeper,
      snapshots,
      trusts,
      names,
      polled: { ...polled, state },
      found: nginx.found(),
      services: services(),
      isEdge: followed.objects["nginx"] !== undefined,
      isRemoved,
      lacksBrotli: lacksBrotli(followed.objects, place),
      listenersError: stream.configError(),
      open: stream.open,
      failures: rounds.failures(),
      nowMs: nowMs(),
    });
  const pages = localPages({
    status,
    counters: () => together(polled.counters(), stream.counters()),
    names: names.counters,
    state,
    recent: polled.recent,
    snapshotRevision: () => pusher.inForce().revision,
    snapshotAgeSeconds: () => (clock.monotonic() - inForceSince) / 1000,
  });

  const server = await serveOnSocket(paths.edgeSocket, pages);
  await selfSigned(fallbackName);
  const metrics = await openMetrics(options, pages);

  /** Other targets are well, or are not, than both were told. */
  function judgeAnew(): void {
    for (const round of ["health", "stream"]) rounds.wake(round);
  }

  /** nginx was started anew, by whomever, and may hold another state than it did. */
  function pushAnew(): void {
    pusher.forget();
    health.forget();
    for (const round of ["snapshot", "health", "drains"]) rounds.wake(round);
  }

  async function answer(id: number, question: Question): Promise<void> {
    try {
      const sleep = (ms: number) => clock.sleep(ms, end.signal);
      const told = await answerTo(question, door, sleep, polled.top).catch((error: Error) => error);
      const failed = told instanceof Error;
      await control.answer(failed ? { id, error: told.message } : { id, answer: told }, end.signal);
    } catch (error) {
      log.debug({ reason: (error as Error).message }, "control did not take an answer"); // it waits no more
    }
  }

  async function report(): Promise<number> {
    await clock.sleep(quietMs, end.signal); // a change seldom comes alone
    if (isRemoved || end.signal.aborted) return reportMs;
    const happened = events.pending();
    try {
      await control.report({ ...status(), ...(happened.length > 0 && { events: happened }) }, end.signal);
      events.arrived(happened);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      log.debug({ reason: error.message }, "control did not take the status"); // the next one says all of it again
    }
    return reportMs;
  }

  function hasTarget(service: string, target: string): boolean {
    const found = services().find(({ name }) => name === service);
    return found?.targets.some(({ name }) => name === target) ?? false;
  }

  function save(): void {
    if (saved !== followed) writeFileAtomic(controlFile, JSON.stringify(followed), 0o600);
    saved = followed;
    pusher.save();
  }

  const rounds = startRounds(
    {
      async save() {
        await clock.sleep(quietMs, end.signal); // writing many objects takes longer than bringing them into force
        save();
        return saveMs;
      },
      nginx: keeper.pass,
      stream: stream.pass,
      snapshot: snapshots.pass,
      health: health.pass,
      drains: drainTeller(door, drains),
      async look() {
        keeper.look();
        stream.look();
        if (health.look()) judgeAnew();
        return lookMs;
      },
      async files() {
        if (files.changed()) rounds.wake("snapshot");
        if (trustedFiles.changed()) rounds.wake("nginx");
        return filesMs;
      },
      async logs() {
        rotateLogs();
        stream.rotateLogs();
        return logsMs;
      },
      listeners: stream.open.pass,
      async telemetry() {
        stream.readLog();
        copyAccessLog(nginxObject(followed.objects)?.accessLogToStdout === true);
        if (!nginx.isRunning()) return pollMs;
        await polled.poll();
        const now = state();
        if (now === undefined) return pollMs;
        if (now.digest !== pusher.inForce().digest) pushAnew();
        if ([events.look(now, hasTarget), drainsNews(now)].includes(true)) rounds.wake("report");
        return pollMs;
      },
      report,
    },
    { clock, log, signal: end.signal },
  );
  health.follow(); // so that the first verdicts told are not that nothing is known
  health.look();
  names.follow(followed.objects);
  const following = control.source(
    followed,
    {
      onState(state) {
        followed = state;
        names.follow(followed.objects);
        health.follow();
        for (const round of ["snapshot", "nginx", "stream", "listeners", "drains", "health", "save"])
          rounds.wake(round);
      },
      onAsked: (id, question) => void answer(id, question),
      onRemoved() {
        isRemoved = true;
        log.error({}, "control has removed this host from the network; what it served before stays");
        remove();
      },
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
    removed,
    async close({ stopNginx = false, graceMs = defaultGraceMs } = {}) {
      end.abort();
      health.close();
      names.close();
      await Promise.all([rounds.ended, following, server.close(), metrics?.close()]);
      if (stopNginx) await Promise.all([nginx.stop(graceMs), stream.stop(graceMs)]);
      save();
    },
  };
}

/** Stops the nginx of a host whose edge has ended; it has 30 s to finish its requests. */
export async function stopNginx(options: Pick<EdgeOptions, "paths" | "log" | "clock" | "exec">): Promise<void> {
  const place = placeOf({ ...options, node: "" });
  const both = [nginxAt(place, options), streamNginx({ ...options, place, mode: "spawn" })];
  await Promise.all(both.map((nginx) => nginx.stop(defaultGraceMs)));
}

function nginxAt(place: Place, options: Pick<EdgeOptions, "paths" | "log" | "clock" | "exec" | "nginx">) {
  const { pidFile, errorLog, socket } = place;
  const { paths, nginx: mode = "spawn", exec, clock, log } = options;
  return nginxProcess({ folder: paths.edge, pidFile, errorLog, socket, mode, program: "nginx", exec, clock, log });
}

/** A port that is taken is no reason to serve nothing: it is logged, and the socket has the same pages. */
async function openMetrics(
  { metricsListen = defaultMetrics, log }: EdgeOptions,
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
