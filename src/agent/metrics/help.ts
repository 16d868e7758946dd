// What each of an agent's metrics means; docs/metrics.md lists them for people.

export const help: Readonly<Record<string, string>> = {
  portway_agent_info: "1, with the agent's version and whose WireGuard it uses.",
  portway_control_revision: "Control's revision in force.",
  portway_reconcile_runs_total: "Times that the host was compared with what it should be.",
  portway_reconcile_changes_total: "Changes that were made then, by kind.",
  portway_reconcile_errors_total: "Changes that failed.",
  portway_reconcile_failing: "1 while the last comparison failed.",
  portway_warnings: "Warnings about this host in `portway status`.",
  portway_held_removals: "Peers whose removal waits for a person.",
  portway_peer_online: "1 when a probe came back through the tunnel within the last seconds.",
  portway_peer_path: "1 for the path that packets to the peer take: direct, or by which relay.",
  portway_peer_round_trip_seconds: "Of the probes by that path, smoothed as TCP does (RFC 6298).",
  portway_probe_round_trip_seconds: "Of each probe that was answered: the tunnel's latency, without any application's.",
  portway_probes_sent_total: "Probes sent by a path; what was not answered was lost.",
  portway_probes_answered_total: "Probes answered in time.",
  portway_path_moves_total: "Times that packets to a peer took another path from then on.",
  portway_path_dark_total: "Times that a path's answers stayed away.",
  portway_wireguard_received_bytes_total: "Received from a peer on a plane, since its interface was made.",
  portway_wireguard_sent_bytes_total: "Sent to a peer on a plane, since its interface was made.",
  portway_wireguard_handshake_age_seconds: "Since the last handshake with a peer on a plane.",
  portway_plane_mtu_bytes: "MTU of a plane's interface.",
};
