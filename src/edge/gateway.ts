// The nginx that serves HTTP: its process and nginx.conf, and the snapshot in its memory.
import { movesWaiting, putAndNote, unsentBytes } from "../lib/kernel-settings.ts";
import type { NginxObject } from "../wire/edge.ts";
import { type WatchedFiles, watchedFiles } from "./file-watch.ts";
import { httpsSocket, wayIn } from "./https-hop.ts";
import { type NginxKeeper, nginxKeeper } from "./keep-nginx.ts";
import { type SnapshotKeeper, snapshotKeeper } from "./keep-snapshot.ts";
import type { TargetKeeper } from "./keep-targets.ts";
import type { LocalFacts } from "./local-facts.ts";
import type { Place } from "./nginx-conf.ts";
import { type Nginx, nginxProcess } from "./nginx-process.ts";
import type { EdgeOptions, EdgeParts } from "./parts.ts";
import type { SnapshotPusher } from "./push.ts";
import { logRotation } from "./rotate-logs.ts";
import type { StreamEdge } from "./stream.ts";
import { hasTrusts, type TrustFiles } from "./trust-files.ts";
import type { Machine } from "./tuning.ts";
import { wantedHttp } from "./wanted-conf.ts";

export interface GatewayEdge {
  readonly nginx: Nginx;
  readonly keeper: NginxKeeper;
  readonly snapshots: SnapshotKeeper;
  /** Files that the snapshot has something of. */
  readonly files: Pick<WatchedFiles, "changed">;
  /** How long the snapshot in force has been the one. */
  readonly snapshotAgeSeconds: () => number;
  /** nginx was started anew, by whomever, and may hold another state than it did. */
  readonly pushAnew: () => void;
  readonly rotateLogs: () => void;
}

export interface GatewayOptions extends EdgeParts {
  readonly machine: Machine;
  readonly pusher: SnapshotPusher;
  readonly trusts: TrustFiles;
  readonly targets: TargetKeeper;
  readonly selfSigned: LocalFacts["selfSigned"];
  readonly stream: Pick<StreamEdge, "ways">;
}

export function gatewayEdge(options: GatewayOptions): GatewayEdge {
  const { place, clock, held, wake, machine, pusher, trusts, targets, selfSigned, stream } = options;
  const { health, names } = targets;
  const nginx = gatewayNginx(options);
  const files = watchedFiles();
  let inForceSince = clock.monotonic();
  const withTrusts = (nginx: NginxObject) => trusts.resolve(nginx, pusher.inForce().objects);

  function pushAnew(): void {
    pusher.forget();
    health.forget();
    wake("snapshot", "health", "drains");
  }

  const keeper = nginxKeeper({
    nginx,
    clock,
    wanted() {
      const text = wantedHttp(held.objects(), machine, place, withTrusts, stream.ways());
      if (text !== undefined) putAndNote(unsentBytes, options.paths.kernelSettings);
      if (text !== undefined && wayIn(text) === "both") putAndNote(movesWaiting, options.paths.kernelSettings);
      return text;
    },
    onNew() {
      const conf = keeper.inForce();
      if (conf !== undefined) trusts.sweep(conf);
      pushAnew();
      wake("stream"); // HTTPS's port may change hands
    },
    onDeath: () => wake("nginx"),
    onChange: () => wake("report"),
  });
  const snapshots = snapshotKeeper({
    pusher,
    files,
    selfSigned,
    nowMs: () => clock.now(),
    followed: held.followed,
    isRunning: nginx.isRunning,
    addressesOf: names.addressesOf,
    isReadyFor: (objects) =>
      names.isReady() && (keeper.configError() !== undefined || hasTrusts(keeper.inForce(), objects)),
    onInForce() {
      inForceSince = clock.monotonic();
      health.follow();
      wake("save", "health");
    },
    onChange: () => wake("report"),
  });
  return {
    ...{ nginx, keeper, snapshots, files, pushAnew },
    snapshotAgeSeconds: () => (clock.monotonic() - inForceSince) / 1000,
    rotateLogs: logRotation({ logs: [place.errorLog, place.accessLog], reopen: nginx.reopenLogs }),
  };
}

/** Its process, also of an edge that has ended. */
export function gatewayNginx(
  options: Pick<EdgeOptions, "paths" | "log" | "clock" | "exec" | "nginx"> & { readonly place: Place },
): Nginx {
  const { paths, nginx: mode = "spawn", exec, clock, log } = options;
  const { pidFile, errorLog, socket } = options.place;
  const sockets = [socket, httpsSocket(socket)];
  return nginxProcess({ folder: paths.edge, pidFile, errorLog, sockets, mode, program: "nginx", exec, clock, log });
}
