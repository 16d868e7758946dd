// The edge's second nginx: it runs only where the file has listeners, and none of its reloads touches HTTP.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Paths } from "../lib/paths.ts";
import type { GatewayCounters, TargetDown } from "../wire/edge-state.ts";
import type { Objects } from "../wire/objects.ts";
import { drainsIn } from "./drains.ts";
import type { CheckedService } from "./health/checked.ts";
import { passedSocket, type Ways, wayIn } from "./https-hop.ts";
import { type NginxKeeper, nginxKeeper } from "./keep-nginx.ts";
import type { Place } from "./nginx-conf.ts";
import { type Nginx, type NginxOptions, nginxProcess } from "./nginx-process.ts";
import { logRotation } from "./rotate-logs.ts";
import type { StreamPlace } from "./stream-conf.ts";
import { endTeller, streamSocket } from "./stream-ends.ts";
import { streamLog } from "./stream-log.ts";
import { type StreamOpen, streamOpen } from "./stream-open.ts";
import { streamReader } from "./stream-services.ts";
import { keptVerdicts, streamVerdicts } from "./stream-verdicts.ts";
import type { Machine } from "./tuning.ts";
import { wantedStream } from "./wanted-conf.ts";

export interface StreamOptions extends Pick<NginxOptions, "mode" | "exec" | "clock" | "log"> {
  readonly paths: Paths;
  readonly place: Place;
  readonly machine: Machine;
  readonly objects: () => Objects;
  /** Targets that must not be used. */
  readonly down: () => readonly TargetDown[];
  /** Who takes HTTPS's port, as HTTP's nginx has it. */
  readonly http: () => Ways;
  /** It has died. */
  readonly onDeath: () => void;
  /** It was started, or has loaded a configuration. */
  readonly onNew: () => void;
  readonly onChange: () => void;
}

export interface StreamEdge extends NginxKeeper {
  /** Who takes HTTPS's port, as this nginx has it; empty: it does not get what it wants. */
  readonly ways: () => Ways;
  /** Whose targets listeners use. */
  readonly services: () => readonly CheckedService[];
  /** Whom an edge before this one left out; undefined: there was none. */
  readonly known: readonly TargetDown[] | undefined;
  readonly rotateLogs: () => void;
  /** Counts the connections that ended since the last time. */
  readonly readLog: () => void;
  readonly counters: () => GatewayCounters;
  /** Counts those that are open. */
  readonly open: StreamOpen;
  /** Tells it when connections to what is drained end; gives the ms until the next time. */
  readonly tellEnds: () => Promise<number>;
  readonly stop: Nginx["stop"];
}

export function streamEdge(options: StreamOptions): StreamEdge {
  const { paths, machine, objects, down, clock, onDeath, onChange } = options;
  const place = streamPlace(options);
  const nginx = streamNginx(options);
  mkdirSync(folderOf(paths), { recursive: true, mode: 0o750 });
  const confFile = join(folderOf(paths), "nginx.conf");
  const read = streamReader();
  const known = () => read(objects());
  const services = () => known().services;
  const open = streamOpen(known, clock);
  const verdicts = streamVerdicts(clock);
  const kept = keptVerdicts(join(folderOf(paths), "left-out.json"));
  const keeper = nginxKeeper({
    nginx,
    clock,
    wanted: () =>
      wantedStream(objects(), machine, place, {
        hasRun: existsSync(confFile),
        leftOut: verdicts.leftOut(services(), down()),
        http: options.http(),
        second: keeper.all().map(wayIn),
      }),
    onNew: options.onNew,
    onDeath,
    onChange,
  });
  const connections = streamLog(place.connectionLog);
  return {
    ...keeper,
    services,
    ways: () => (keeper.configError() === undefined ? keeper.all().map(wayIn) : []),
    known: kept.known,
    async pass() {
      const waitMs = await keeper.pass();
      const names = new Set(services().map(({ name }) => name));
      kept.keep(down().filter(({ service }) => names.has(service)));
      return Math.min(waitMs, verdicts.dueMs());
    },
    look() {
      if (existsSync(confFile)) keeper.look();
    },
    rotateLogs: logRotation({ logs: [place.errorLog, place.connectionLog], reopen: nginx.reopenLogs }),
    readLog: connections.read,
    counters() {
      const { counters, histograms } = connections.counters();
      return { counters: { ...counters, ...open.gauges() }, histograms };
    },
    open,
    tellEnds: endTeller(
      streamSocket(place.socket),
      () => known().stream,
      () => drainsIn(objects()),
    ),
    stop: nginx.stop,
  };
}

const folderOf = (paths: Paths) => join(paths.edge, "stream");

function streamPlace({ place, paths }: Pick<StreamOptions, "place" | "paths">): StreamPlace {
  const { build, luaRoot, modules, user, addresses, socket, temporary } = place;
  return {
    ...{ build, luaRoot, modules, addresses, socket, temporary },
    ...(user !== undefined && { user }),
    pidFile: join(dirname(paths.nginxSocket), "stream.pid"),
    errorLog: join(dirname(place.errorLog), "stream-error.log"),
    connectionLog: join(dirname(place.accessLog), "connections.log"),
  };
}

/** Its process, also of an edge that has ended. */
export function streamNginx(
  options: Pick<StreamOptions, "paths" | "place" | "mode" | "exec" | "clock" | "log">,
): Nginx {
  const { paths, mode, exec, clock, log } = options;
  const { pidFile, errorLog } = streamPlace(options);
  const sockets = [passedSocket(paths.nginxSocket), streamSocket(paths.nginxSocket)];
  return nginxProcess({
    folder: folderOf(paths),
    pidFile,
    errorLog,
    sockets,
    mode,
    program: "nginx",
    exec,
    clock,
    log,
  });
}

/** Of the gateway and of listeners: their names differ. */
export const together = (a: GatewayCounters, b: GatewayCounters): GatewayCounters => ({
  counters: { ...a.counters, ...b.counters },
  histograms: { ...a.histograms, ...b.histograms },
});
