// How a host's overlay is now, for Prometheus. Pure.
import type { MeshState } from "../../wire/mesh.ts";
import type { AgentStatus } from "../../wire/stream.ts";
import type { Keyring } from "../keyring.ts";
import type { Actual } from "../overlay/model.ts";

export interface GaugeFacts {
  readonly status: AgentStatus;
  readonly mesh?: MeshState;
  /** As it was read last. */
  readonly actual?: Actual;
  /** This host's own key on a plane. */
  readonly keyOf?: Keyring["keyOf"];
}

/** Bytes are counted by WireGuard since its interface was made, so they are counters that may begin anew. */
export function gaugesOf({ status, mesh, actual, keyOf }: GaugeFacts): Readonly<Record<string, number>> {
  const { version, wireguard, revision, peers, clockMs, error, warnings = [], held } = status;
  const values: Record<string, number> = {
    [`portway_agent_info|version=${version},wireguard=${wireguard}`]: 1,
    portway_control_revision: revision,
    portway_reconcile_failing: error === undefined ? 0 : 1,
    portway_warnings: warnings.length,
    portway_held_removals: held?.peers.length ?? 0,
  };
  for (const { host, online, path, roundTripMs, mtu } of peers) {
    values[`portway_peer_online|peer=${host}`] = online ? 1 : 0;
    if (roundTripMs !== undefined) values[`portway_peer_round_trip_seconds|peer=${host}`] = roundTripMs / 1000;
    if (mtu !== undefined) values[`portway_peer_mtu_bytes|peer=${host}`] = mtu;
    if (path === undefined) continue;
    const via = path.via === undefined ? "" : `,via=${path.via}`;
    values[`portway_peer_path|peer=${host},kind=${path.kind},plane=${path.plane}${via}`] = 1;
  }
  for (const peer of mesh?.peers ?? []) {
    const device = actual?.links.get(peer.plane)?.device;
    const state = device?.peers.find(({ publicKey }) => publicKey === peer.publicKey);
    if (state === undefined) continue;
    const labels = `peer=${peer.host},plane=${peer.plane}`;
    values[`portway_wireguard_received_bytes_total|${labels}`] = state.rxBytes;
    values[`portway_wireguard_sent_bytes_total|${labels}`] = state.txBytes;
    if (state.handshakeAtSeconds > 0)
      values[`portway_wireguard_handshake_age_seconds|${labels}`] = Math.max(
        0,
        clockMs / 1000 - state.handshakeAtSeconds,
      );
  }
  for (const plane of mesh?.planes ?? []) {
    const labels = `plane=${plane.name}`;
    values[`portway_plane_mtu_bytes|${labels}`] = actual?.links.get(plane.name)?.mtu ?? plane.mtu;
    const key = keyOf?.(plane);
    if (key === undefined || plane.name === "pwx") continue; // the bypass gets another key for each rotation
    values[`portway_key_age_seconds|${labels}`] = Math.max(0, (clockMs - key.madeAtMs) / 1000);
    values[`portway_key_rotations_total|${labels}`] = key.generation - 1;
  }
  return values;
}
