import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import type { PathObject } from "../../wire/mesh.ts";
import type { AgentStatus } from "../../wire/stream.ts";
import { help } from "./help.ts";
import { metricsText } from "./serve.ts";
import { openTally, planesOf } from "./tally.ts";

const path = (plane: PathObject["plane"]): PathObject => ({ plane, kind: "direct", probeAddress: "::1" });
const status: AgentStatus = {
  program: "agent",
  capability: 1,
  version: "1.2.3",
  revision: 7,
  wireguard: "kernel",
  peers: [
    {
      host: "a",
      online: true,
      path: { kind: "relay", plane: "pwr1", via: "r" },
      roundTripMs: 12,
      rxBytes: 1,
      txBytes: 2,
    },
    { host: "b", online: false, rxBytes: 0, txBytes: 0 },
  ],
  clockMs: 0,
};

suite("an agent's metrics", () => {
  test("count probes, moves and passes, and put round trips into buckets", () => {
    const tally = openTally();
    tally.asked("a", path("pw0"));
    tally.asked("a", path("pw0"));
    for (const ms of [0.5, 3, 9_000]) tally.answered("a", path("pw0"), ms, true);
    tally.answered("a", path("pw0"), 4_000, false);
    tally.lost("a", path("pw0"), 2);
    tally.exchanged("a", "sent", 3, 300);
    tally.handshakesFailed("a", "pw0", 4);
    tally.keyChanged("a", "pw0");
    tally.moved("a");
    tally.dark("a", path("pwr1"));
    tally.passed({ changes: [{ kind: "createLink" } as never], failures: [new Error("x")] });
    const text = metricsText(tally, { status });
    for (const line of [
      'portway_probes_sent_total{peer="a",plane="pw0"} 2',
      'portway_probe_round_trip_seconds_bucket{peer="a",plane="pw0",le="0.0005"} 1',
      'portway_probe_round_trip_seconds_bucket{peer="a",plane="pw0",le="0.005"} 2',
      'portway_probe_round_trip_seconds_bucket{peer="a",plane="pw0",le="5"} 2',
      'portway_probe_round_trip_seconds_bucket{peer="a",plane="pw0",le="+Inf"} 3',
      'portway_probe_round_trip_seconds_count{peer="a",plane="pw0"} 3',
      'portway_probes_answered_total{peer="a",plane="pw0"} 4',
      'portway_probes_lost_total{peer="a",plane="pw0"} 2',
      'portway_peer_sent_packets_total{peer="a"} 3',
      'portway_peer_sent_bytes_total{peer="a"} 300',
      'portway_handshake_failures_total{peer="a",plane="pw0"} 4',
      'portway_peer_key_changes_total{peer="a",plane="pw0"} 1',
      'portway_path_moves_total{peer="a"} 1',
      'portway_path_dark_total{peer="a",plane="pwr1"} 1',
      'portway_reconcile_changes_total{kind="createLink"} 1',
      "portway_reconcile_errors_total 1",
      'portway_peer_online{peer="a"} 1',
      'portway_peer_online{peer="b"} 0',
      'portway_peer_path{peer="a",kind="relay",plane="pwr1",via="r"} 1',
      'portway_agent_info{version="1.2.3",wireguard="kernel"} 1',
      "portway_control_revision 7",
    ])
      assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`);
    assert.ok(!text.includes('portway_peer_path{peer="b"'));
  });

  test("forget hosts that are no peers any more, and planes that lead to them no more", () => {
    const tally = openTally();
    for (const plane of ["pw0", "pwx"] as const) tally.answered("a", path(plane), 1, true);
    tally.moved("a");
    tally.answered("b", path("pw0"), 1, true);
    tally.keep(planesOf({ pairs: [{ host: "a", prefixes: [], paths: [path("pw0")] }], peers: [] }));
    const text = metricsText(tally, { status: { ...status, peers: [] } });
    assert.match(text, /portway_probes_answered_total\{peer="a",plane="pw0"\} 1/);
    assert.match(text, /portway_path_moves_total\{peer="a"\} 1/);
    assert.doesNotMatch(text, /peer="b"|pwx/);
  });

  test("have a meaning, and a row in docs/network/metrics.md, each", () => {
    const page = readFileSync(new URL("../../../docs/network/metrics.md", import.meta.url), "utf8");
    const listed = [...page.matchAll(/^\| `(portway_\w+)`/gm)].map(([, name]) => name!);
    assert.deepEqual(listed.sort(), Object.keys(help).sort());
    const tally = openTally();
    tally.answered("a", path("pw0"), 1, true);
    for (const [, name] of metricsText(tally, { status }).matchAll(/^# TYPE (\S+)/gm))
      assert.ok(help[name!], `${name} has no meaning`);
  });
});
