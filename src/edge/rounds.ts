// What an edge does again and again, each round apart from the others, so that one that fails or takes long holds back no other.
import { accessLogCopy } from "./access-log-copy.ts";
import { drainsIn, drainsLeft, drainTeller, newsOfDrains } from "./drains.ts";
import type { EdgeEvents } from "./events.ts";
import type { WatchedFiles } from "./file-watch.ts";
import type { GatewayEdge } from "./gateway.ts";
import type { TargetKeeper } from "./keep-targets.ts";
import type { EdgeParts, Round } from "./parts.ts";
import type { SnapshotPusher } from "./push.ts";
import type { StreamEdge } from "./stream.ts";
import type { Telemetry } from "./telemetry.ts";
import type { ControlTeller } from "./tell-control.ts";
import { nginxObject } from "./wanted-conf.ts";

export interface RoundsOptions extends EdgeParts {
  readonly pusher: SnapshotPusher;
  /** Authorities that targets are trusted by. */
  readonly trustedFiles: Pick<WatchedFiles, "changed">;
  readonly gateway: GatewayEdge;
  readonly stream: StreamEdge;
  readonly targets: TargetKeeper;
  readonly polled: Telemetry;
  /** What both nginx say of themselves. */
  readonly state: Telemetry["state"];
  readonly events: Pick<EdgeEvents, "look">;
  readonly teller: Pick<ControlTeller, "report">;
  readonly save: () => void;
  readonly signal: AbortSignal;
}

const lookMs = 250;
const filesMs = 2_000;
const logsMs = 2_000;
const pollMs = 1_000;
const quietMs = 100;
const saveMs = 3_600_000;

export function roundsOf(options: RoundsOptions): Readonly<Record<Round, () => Promise<number>>> {
  const { place, clock, held, wake, pusher, gateway, stream, targets, polled, state, events, signal } = options;
  const { nginx, keeper, snapshots } = gateway;
  const copyAccessLog = accessLogCopy(place.accessLog, options.out ?? ((text) => void process.stdout.write(text)));
  const drainsNews = newsOfDrains();
  const tellDrains = drainTeller({ socketPath: place.socket }, () => drainsIn(held.objects()));
  return {
    async save() {
      await clock.sleep(quietMs, signal); // writing many objects takes longer than bringing them into force
      options.save();
      return saveMs;
    },
    nginx: keeper.pass,
    stream: stream.pass,
    snapshot: snapshots.pass,
    health: targets.health.pass,
    async drains() {
      const waitMs = await tellDrains();
      return Math.min(waitMs, await stream.tellEnds());
    },
    async look() {
      keeper.look();
      stream.look();
      targets.look();
      return lookMs;
    },
    async files() {
      if (gateway.files.changed()) wake("snapshot");
      if (options.trustedFiles.changed()) wake("nginx");
      return filesMs;
    },
    async logs() {
      gateway.rotateLogs();
      stream.rotateLogs();
      return logsMs;
    },
    listeners: stream.open.pass,
    async telemetry() {
      stream.readLog();
      copyAccessLog(nginxObject(held.objects())?.accessLogToStdout === true);
      if (!nginx.isRunning()) return pollMs;
      await polled.poll();
      const now = state();
      if (now === undefined) return pollMs;
      if (now.digest !== pusher.inForce().digest) gateway.pushAnew();
      if ([events.look(now, targets.has), drainsNews({ drains: drainsLeft(now, stream.open) })].includes(true))
        wake("report");
      return pollMs;
    },
    report: options.teller.report,
  };
}
