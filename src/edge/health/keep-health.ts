// Keeps nginx told which targets take part: those whose checks fail or whose tunnels are dark do not, and those that are far
// come last.
import type { Clock } from "../../lib/clock.ts";
import type { Door } from "../../lib/http.ts";
import type { Log } from "../../lib/log.ts";
import type { TargetDown } from "../../wire/edge-state.ts";
import { asker } from "./ask.ts";
import type { CheckedService } from "./checked.ts";
import { healthChecker } from "./checker.ts";
import { nearness } from "./nearness.ts";
import { type Authorities, targetTls } from "./target-tls.ts";
import { verdictTeller } from "./tell.ts";
import { darkReason, darkTargets, knownTunnels } from "./tunnels.ts";

export interface HealthKeeper {
  /** One pass tells nginx; gives the ms until the next. */
  readonly pass: () => Promise<number>;
  /** Other services may be in force. */
  readonly follow: () => void;
  /** Who must not be used now, of all services. */
  readonly down: () => readonly TargetDown[];
  /** Looks what the agent says, cheaply; tells whether a pass is wanted. */
  readonly look: () => boolean;
  /** nginx was started anew, and may have forgotten what it was told. */
  readonly forget: () => void;
  readonly close: () => void;
}

export interface HealthKeeperOptions {
  readonly door: Door;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the agent tells of tunnels. */
  readonly tunnelsFile: string;
  /** Those in force, and those of listeners. */
  readonly services: () => readonly CheckedService[];
  /** What nginx went by of a service when the edge started, if it ran. */
  readonly known: (service: string) => readonly TargetDown[] | undefined;
  /** Whom nginx trusts by this id; undefined: anyone. */
  readonly authoritiesOf: (trust: string) => Authorities | undefined;
  /** A pass is wanted. */
  readonly onChange: () => void;
}

export function healthKeeper({ door, clock, log, services, known, ...options }: HealthKeeperOptions): HealthKeeper {
  const tunnels = knownTunnels(options.tunnelsFile, clock);
  const { far } = nearness(tunnels);
  const checker = healthChecker({
    ...{ clock, log, random: Math.random },
    ask: asker(targetTls(options.authoritiesOf)),
    known: (service) => known(service)?.filter(({ reason }) => reason !== darkReason),
    onChange: options.onChange,
  });
  const down = () => {
    const failing = checker.down();
    return [...failing, ...darkTargets(services(), tunnels, failing)];
  };
  const verdicts = () => {
    const all = down();
    return { down: all, far: far(services(), all) };
  };
  const { pass, forget } = verdictTeller(door, verdicts, clock);
  return {
    pass,
    down,
    forget,
    follow: () => checker.follow(services()),
    look: tunnels.look,
    close: checker.close,
  };
}
