// How the line below this host's tunnels is, for `portway netcheck`. Pure.
import type { MeshState, PlaneName } from "../wire/mesh.ts";
import type { LineRelay, LineView } from "../wire/netcheck.ts";
import type { Actual } from "./overlay/model.ts";
import type { Prober } from "./paths/prober.ts";

export interface LineFacts {
  readonly mesh: MeshState;
  readonly actual: Actual | undefined;
  readonly leg: Prober["leg"];
  /** Where relays see this host's direct plane, by their plane. */
  readonly mappings: ReadonlyMap<PlaneName, string>;
  readonly addresses: readonly string[];
}

export function lineView({ mesh, actual, leg, mappings, addresses }: LineFacts): LineView {
  const deviceOf = (plane: string) => actual?.links.get(plane)?.device;
  const relays = mesh.planes.flatMap(({ name, relay }): readonly LineRelay[] => {
    if (relay === undefined) return [];
    const publicKey = mesh.peers.find((peer) => peer.plane === name && peer.host === relay)?.publicKey;
    const endpoint = deviceOf(name)?.peers.find((peer) => peer.publicKey === publicKey)?.endpoint;
    const { proven = false, roundTripMs } = leg(name) ?? {};
    const mapping = mappings.get(name);
    return [
      {
        ...{ host: relay, plane: name, online: proven },
        ...(endpoint !== undefined && { endpoint }),
        ...(proven && roundTripMs !== undefined && { roundTripMs: Math.round(roundTripMs * 100) / 100 }),
        ...(mapping !== undefined && { mapping }),
      },
    ];
  });
  const planes = mesh.planes.map(({ name, listenPort }) => ({ name, port: deviceOf(name)?.listenPort ?? listenPort }));
  return { host: mesh.host.name, addresses, planes, relays };
}
