// The edge of a host: owns nginx. It keeps nginx.conf and nginx itself as control's nginx object asks, pushes everything else as
// a snapshot into nginx's memory (gateway.ts), does the same for the nginx of listeners (stream.ts), looks after targets
// (keep-targets.ts), and tells how it goes (telemetry.ts, status.ts, tell-control.ts). nginx outlives it, and the last state on
// disk serves when control is away.
import { join } from "node:path";
import { takeBackNoted } from "../lib/kernel-settings.ts";
import type { EdgeStatus } from "../wire/stream.ts";
import { joinedControl } from "./control.ts";
import { edgeEvents } from "./events.ts";
import { watchedFiles } from "./file-watch.ts";
import { gatewayEdge, gatewayNginx } from "./gateway.ts";
import { withListeners } from "./health/checked.ts";
import { knownVerdicts } from "./health/tell.ts";
import { heldState } from "./held.ts";
import { wayIn } from "./https-hop.ts";
import { targetKeeper } from "./keep-targets.ts";
import { type Rounds, startRounds } from "./loop.ts";
import { readMachine } from "./machine.ts";
import { openPages } from "./open-pages.ts";
import { localPages } from "./pages.ts";
import type { EdgeOptions, EdgeParts, Round } from "./parts.ts";
import { fallbackName, makeFolders, placeOf, selfSignedFolder } from "./place.ts";
import { snapshotPusher } from "./push.ts";
import { roundsOf } from "./rounds.ts";
import { selfSignedFor } from "./self-signed.ts";
import { serviceReader } from "./services.ts";
import { edgeStatus } from "./status.ts";
import { streamEdge, streamNginx, together } from "./stream.ts";
import { telemetry } from "./telemetry.ts";
import { controlTeller } from "./tell-control.ts";
import { trustFiles } from "./trust-files.ts";
import { lacksBrotli } from "./wanted-conf.ts";

export interface Edge {
  readonly status: () => EdgeStatus;
  /** Where metrics are served; undefined: nowhere. */
  readonly metricsPort: number | undefined;
  /** Resolves when control says that this host is no member any more; what was served before stays until `close`. */
  readonly removed: Promise<void>;
  /** Ends the edge; nginx goes on serving unless `stopNginx` is set: then it has `graceMs` (30 s) to finish its requests. */
  readonly close: (options?: { readonly stopNginx?: boolean; readonly graceMs?: number }) => Promise<void>;
}

const defaultGraceMs = 30_000;

/** Starts the edge of a host that has joined; throws AppError where it cannot. */
export async function runEdge(options: EdgeOptions): Promise<Edge> {
  const { paths, log, clock, exec } = options;
  const control = options.control ?? joinedControl(paths, clock);
  const place = placeOf({ ...options, node: control.node });
  const door = { socketPath: place.socket };
  const nowMs = () => clock.now();
  const selfSigned = (name: string) => selfSignedFor(selfSignedFolder(paths), name, nowMs());
  const { promise: removed, resolve: remove } = Promise.withResolvers<void>();
  const end = new AbortController();
  let isRemoved = false;
  let rounds: Rounds<Round> | undefined;

  makeFolders(paths, place);
  const held = heldState(join(paths.edge, "control.json"));
  const wake = (...names: readonly Round[]) => {
    for (const name of names) rounds?.wake(name);
  };
  const parts: EdgeParts = { ...options, place, held, wake };
  const machine = readMachine();
  const pusher = snapshotPusher({ door, stateFile: place.stateFile, log });
  const readServices = serviceReader();
  const gatewayServices = () => readServices(pusher.inForce().objects);
  const trustedFiles = watchedFiles();
  const trusts = trustFiles({
    folder: join(paths.edge, "trust"),
    read: trustedFiles.read,
    nobody: place.fallbackCertificate,
  });
  const known = await knownVerdicts(door);
  const events = edgeEvents(nowMs, known === undefined);
  const stream = streamEdge({
    ...{ paths, place, machine, exec, clock, log, mode: options.nginx ?? "spawn" },
    objects: held.objects,
    down: () => targets.health.down(),
    http: () => gateway.keeper.all().map(wayIn),
    onDeath: () => wake("stream"),
    onNew: () => wake("nginx", "drains"), // HTTPS's port may change hands
    onChange: () => wake("report", "nginx"),
  });
  const targets = targetKeeper({ ...parts, gatewayServices, stream, known, trusts, events });
  const gateway = gatewayEdge({ ...parts, machine, pusher, trusts, targets, selfSigned, stream });
  const polled = telemetry(door, clock.monotonic);
  const state = () => withListeners(polled.state(), gatewayServices(), targets.health.down());
  const status = () =>
    edgeStatus({
      ...{ keeper: gateway.keeper, snapshots: gateway.snapshots, names: targets.names, trusts, isRemoved },
      polled: { ...polled, state },
      found: gateway.nginx.found(),
      services: targets.services(),
      isEdge: held.objects()["nginx"] !== undefined,
      lacksBrotli: lacksBrotli(held.objects(), place),
      listenersError: stream.configError(),
      open: stream.open,
      failures: rounds?.failures() ?? {},
      nowMs: nowMs(),
    });
  const teller = controlTeller({
    ...parts,
    ...{ control, status, events, polled, isRemoved: () => isRemoved, signal: end.signal },
  });
  const pages = localPages({
    status,
    counters: () => together(polled.counters(), stream.counters()),
    names: targets.names.counters,
    state,
    recent: polled.recent,
    snapshotRevision: () => pusher.inForce().revision,
    snapshotAgeSeconds: gateway.snapshotAgeSeconds,
  });
  await selfSigned(fallbackName);
  const doors = await openPages(options, pages);

  function save(): void {
    held.save();
    pusher.save();
  }

  const work = roundsOf({
    ...parts,
    ...{ pusher, trustedFiles, gateway, stream, targets, polled, state, events, teller, save, signal: end.signal },
  });
  rounds = startRounds(work, { clock, log, signal: end.signal });
  const { ended } = rounds;
  targets.health.follow(); // so that the first verdicts told are not that nothing is known
  targets.health.look();
  targets.names.follow(held.objects());
  const following = control.source(
    held.followed(),
    {
      onState(followed) {
        held.take(followed);
        targets.follow(held.objects());
        wake("snapshot", "nginx", "stream", "listeners", "drains", "health", "save");
      },
      onAsked: (id, question) => void teller.answer(id, question),
      onRemoved() {
        isRemoved = true;
        log.error({}, "control has removed this host from the network; what it served before stays");
        remove();
      },
      onConnection(failure) {
        if (failure === undefined) log.info({}, "connected to control");
        else log.warn({ reason: failure }, "no connection to control");
        if (failure === undefined) wake("report");
      },
    },
    end.signal,
  );

  return {
    status,
    metricsPort: doors.metricsPort,
    removed,
    async close({ stopNginx = false, graceMs = defaultGraceMs } = {}) {
      end.abort();
      targets.close();
      await Promise.all([ended, following, doors.close()]);
      if (stopNginx) {
        await Promise.all([gateway.nginx.stop(graceMs), stream.stop(graceMs)]);
        takeBackNoted(paths.kernelSettings);
      }
      save();
    },
  };
}

/** Stops the nginx of a host whose edge has ended, which has 30 s to finish its requests, and gives back the kernel's settings. */
export async function stopNginx(options: Pick<EdgeOptions, "paths" | "log" | "clock" | "exec">): Promise<void> {
  const place = placeOf({ ...options, node: "" });
  const both = [gatewayNginx({ ...options, place }), streamNginx({ ...options, place, mode: "spawn" })];
  await Promise.all(both.map((nginx) => nginx.stop(defaultGraceMs)));
  takeBackNoted(options.paths.kernelSettings);
}
