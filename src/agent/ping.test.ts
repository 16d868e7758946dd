import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { PathObject } from "../wire/mesh.ts";
import type { Prober } from "./paths/prober.ts";
import { createPinger, type Pinger } from "./ping.ts";

const direct: PathObject = { plane: "pw0", kind: "direct", probeAddress: "::1" };
const relayed: PathObject = { plane: "pwr1", kind: "relay", via: "r", probeAddress: "::2" };
const clock = { sleep: async () => {} };

/** A prober that answers by `answering` paths at once. */
function pingerWith(answering: readonly PathObject[]): Pinger {
  const prober = (): Pick<Prober, "probe" | "reach"> => ({
    reach: (host) => (host === "b" ? { path: relayed, proven: true, isDark: false, steadyPlanes: [] } : undefined),
    probe(host) {
      for (const path of [direct, relayed]) {
        pinger.onAsked(host, path);
        pinger.onAsked("another", path);
        if (answering.includes(path)) pinger.onAnswered(host, path, 1.23456, true);
      }
    },
  });
  const pinger: Pinger = createPinger(clock, prober, (_, path) => (path === relayed ? 1300 : undefined));
  return pinger;
}

suite("a ping", () => {
  test("counts what each path answers, and says which is in use", async () => {
    assert.deepEqual(await pingerWith([relayed]).ping("b", 3), [
      { kind: "direct", plane: "pw0", inUse: false, sent: 3, roundTripsMs: [] },
      { kind: "relay", plane: "pwr1", via: "r", inUse: true, mtu: 1300, sent: 3, roundTripsMs: [1.235, 1.235, 1.235] },
    ]);
  });

  test("is bounded, whatever was asked for", async () => {
    const [path] = await pingerWith([direct]).ping("b", 1_000_000);
    assert.equal(path?.sent, 20);
  });

  test("of a host that is no peer is refused", async () => {
    await assert.rejects(pingerWith([]).ping("c", 1), /no access rule joins it and c/);
  });

  test("that nobody answers ends", async () => {
    const paths = await pingerWith([]).ping("b", 2);
    assert.deepEqual(
      paths.map(({ sent, roundTripsMs }) => [sent, roundTripsMs.length]),
      [
        [2, 0],
        [2, 0],
      ],
    );
  });
});
