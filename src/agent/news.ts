// What happens to this host's paths is told in its log and as an event; the status that shows it goes out soon.
import type { Log } from "../lib/log.ts";
import type { PathObject, PlaneName } from "../wire/mesh.ts";
import { blackHoleHappening, type Happenings, pathHappening } from "./happenings.ts";
import type { HookFailure } from "./hooks/commands.ts";
import type { Found } from "./mtu/meter.ts";
import type { PairReach } from "./paths/prober.ts";
import type { Remedy } from "./repair/ladder.ts";

export interface NewsParts {
  readonly log: Pick<Log, "info" | "warn">;
  readonly happenings: Pick<Happenings, "add">;
  /** This host's. */
  readonly name: () => string;
  /** The status tells something else now. */
  readonly onChange: () => void;
  /** The same of paths, which nobody waits for and which may change for many hosts at once. */
  readonly onPaths: () => void;
  /** Control asks about the pair: it waits for it. */
  readonly isAsked: (host: string) => boolean;
}

export interface News {
  /** A pair is reached by another path, or its path went dark or answers again; undefined: it is no pair any more. */
  readonly path: (host: string, reach: PairReach | undefined) => void;
  readonly mtu: (host: string, path: PathObject, found: Found) => void;
  readonly router: (prefixes: readonly string[], from: string | undefined, to: string) => void;
  /** A command of this host's own failed; undefined: what is told of them is another thing. */
  readonly hook: (failure: HookFailure | undefined) => void;
  /** Something was tried for a relay that does not answer. */
  readonly remedy: (relay: string, plane: PlaneName, remedy: Remedy) => void;
  readonly relayBack: (relay: string, plane: PlaneName) => void;
  readonly roamed: (gone: readonly string[], now: readonly string[]) => void;
  readonly handshakesFail: (host: string, plane: PlaneName) => void;
  readonly undone: () => void;
}

export function createNews({ log, happenings, name, onChange, onPaths, isAsked }: NewsParts): News {
  return {
    path(host, reach) {
      log.info({ host, plane: reach?.path.plane, proven: reach?.proven }, "path");
      if (reach !== undefined) happenings.add(...pathHappening(host, reach));
      if (isAsked(host)) onChange();
      else onPaths();
    },
    mtu(host, { plane }, { mtu, before, isBlackHole }) {
      log.info({ host, plane, mtu, before, isBlackHole }, "mtu");
      if (isBlackHole && mtu < before) happenings.add(...blackHoleHappening(host, mtu));
      onChange();
    },
    router(prefixes, from, to) {
      const networks = prefixes.includes("0.0.0.0/0") ? "the internet" : prefixes.join(" and ");
      log.info({ networks, from, to }, "router");
      if (from !== undefined)
        happenings.add("router.used", to, `${networks} is reached through ${to}, no more ${from}`);
      onChange();
    },
    hook(failure) {
      if (failure !== undefined) {
        const { time, command, reason } = failure;
        happenings.add("hook.failed", name(), `its command \`${command}\` (hooks, ${time}) failed: ${reason}`);
      }
      onChange();
    },
    remedy(relay, plane, remedy) {
      log.warn({ relay, plane, remedy }, "relay does not answer");
      if (remedy === "handshake") happenings.add("handshake.failed", relay, `${relay} does not answer on ${plane}`);
      onPaths();
    },
    relayBack(relay, plane) {
      log.info({ relay, plane }, "relay answers again");
      happenings.add("relay.back", relay, `${relay} answers on ${plane} again`);
      onPaths();
    },
    roamed(gone, now) {
      log.info({ gone, now }, "roamed");
      const [addresses, before] = [now.join(" and "), gone.join(" and ")];
      happenings.add("host.roamed", name(), `its address is ${addresses}, no more ${before}`);
      onChange();
    },
    handshakesFail(host, plane) {
      if (/^pwr\d/.test(plane)) return; // relays are told of by those who repair the ways to them
      happenings.add("handshake.failed", host, `${host} answers no handshake on ${plane}`);
    },
    undone() {
      happenings.add("state.undone", name(), "it went back to the state before one that nobody confirmed");
    },
  };
}
