// Looks after the targets of all services: whether they are well, and where those with names are.

import type { ServiceObject } from "../wire/edge-service.ts";
import type { TargetDown } from "../wire/edge-state.ts";
import type { Objects } from "../wire/objects.ts";
import type { EdgeEvents } from "./events.ts";
import { type CheckedService, checkedServices } from "./health/checked.ts";
import { type HealthKeeper, healthKeeper } from "./health/keep-health.ts";
import { type NameKeeper, nameKeeper } from "./names/keep-names.ts";
import { lookUp } from "./names/look-up.ts";
import { isRoutable } from "./names/routable.ts";
import type { EdgeParts } from "./parts.ts";
import type { StreamEdge } from "./stream.ts";
import type { TrustFiles } from "./trust-files.ts";

export interface TargetKeeper {
  /** Of the snapshot in force, and of listeners. */
  readonly services: () => readonly CheckedService[];
  readonly has: (service: string, target: string) => boolean;
  readonly health: HealthKeeper;
  readonly names: NameKeeper;
  /** Control tells of these objects. */
  readonly follow: (objects: Objects) => void;
  /** Looks at what changes by itself, cheaply. */
  readonly look: () => void;
  readonly close: () => void;
}

export interface TargetKeeperOptions extends Pick<EdgeParts, "paths" | "place" | "clock" | "log" | "wake"> {
  /** Of the snapshot in force. */
  readonly gatewayServices: () => readonly ServiceObject[];
  readonly stream: Pick<StreamEdge, "services" | "known">;
  /** Whom nginx left out when this edge started; undefined: nobody had told it. */
  readonly known: readonly TargetDown[] | undefined;
  readonly trusts: Pick<TrustFiles, "of">;
  readonly events: Pick<EdgeEvents, "add">;
}

export function targetKeeper(options: TargetKeeperOptions): TargetKeeper {
  const { paths, place, clock, log, wake, gatewayServices, stream, known, trusts, events } = options;
  const services = () => checkedServices(gatewayServices(), stream.services());
  /** Both nginx are to be told anew. */
  const judgeAnew = () => wake("health", "stream");
  const health = healthKeeper({
    ...{ door: { socketPath: place.socket }, clock, log, services },
    known: (service) => (gatewayServices().some(({ name }) => name === service) ? known : stream.known),
    tunnelsFile: paths.tunnels,
    authoritiesOf: trusts.of,
    onChange: judgeAnew,
  });
  const names = nameKeeper({
    ...{ lookUp, isRoutable, clock, log },
    onAddresses: () => wake("snapshot"),
    onStanding(name, problem) {
      if (problem === undefined) events.add("name.back", name, `${name} can be looked up again`);
      else events.add("name.failed", name, `${name} cannot be looked up: ${problem}`);
      wake("report");
    },
  });
  return {
    services,
    has(service, target) {
      const found = services().find(({ name }) => name === service);
      return found?.targets.some(({ name }) => name === target) ?? false;
    },
    health,
    names,
    follow(objects) {
      names.follow(objects);
      health.follow();
    },
    look() {
      if (health.look()) judgeAnew();
    },
    close() {
      health.close();
      names.close();
    },
  };
}
