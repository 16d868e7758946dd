import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createVirtualClock } from "../../../test/lab/virtual-clock.ts";
import type { MeshState } from "../../wire/mesh.ts";
import { exampleMesh } from "../overlay/example.ts";
import type { Actual } from "../overlay/model.ts";
import { newPeer } from "../overlay/simulated-kernel.ts";
import { type Found, type Meter, startMeter } from "./meter.ts";

const path = exampleMesh.pairs[0]!.paths[0]!;
const mesh: MeshState = {
  ...exampleMesh,
  planes: [{ ...exampleMesh.planes[0]!, mostMtu: 8920 }],
  pairs: [{ ...exampleMesh.pairs[0]!, paths: [path] }],
};

/** One path to api-1, whose line carries inner packets of `carries` bytes, and a clock of its own. */
interface World {
  carries: number;
  /** What an echo outside tells. */
  tells: number | undefined;
  below: number;
  answers: boolean;
  proven: boolean;
  /** Gone out by the interface besides what the agent sends. */
  sent: { bytes: number; packets: number };
  readonly asked: number[];
  readonly found: Found[];
  readonly meter: Meter;
  readonly pass: (ms: number) => Promise<void>;
}

function world(more: Partial<World> = {}): World {
  const clock = createVirtualClock(0);
  let linkMtu = 1420;
  const actual = (): Actual => {
    const peers = [{ ...newPeer("api-1-direct"), endpoint: "198.51.100.7:51820" }];
    const device = { publicKey: "", listenPort: 0, peers };
    return {
      links: new Map([["pw0", { mtu: linkMtu, up: true, addresses: [], device }]]),
      routes: [],
    } as unknown as Actual;
  };
  const it: World = {
    ...{ carries: 1420, tells: undefined, below: 1500, answers: true, proven: true },
    ...{ sent: { bytes: 0, packets: 0 }, asked: [], found: [] },
    ...more,
    meter: undefined as unknown as Meter,
    pass: clock.pass,
  };
  const meter = startMeter({
    clock,
    mesh: () => mesh,
    prober: {
      paths: () => [{ path, proven: it.proven }],
      reach: () => ({ path, proven: it.proven, isDark: false, steadyPlanes: [], roundTripMs: 20 }),
      askSize(plane, to, { size, nonce }) {
        it.asked.push(size);
        if (it.answers && size <= it.carries)
          queueMicrotask(() => meter.onSized(plane, to, { kind: "answer", size, nonce }));
      },
    },
    outside: {
      deviceMtu: async () => it.below,
      measure: async () => it.tells,
    },
    traffic: () => {
      const own = it.asked.reduce((sum, size) => sum + size, 0);
      return { bytes: it.sent.bytes + own, packets: it.sent.packets + it.asked.length };
    },
    random: () => 0.5,
    onFound: (_host, _path, found) => it.found.push(found),
    onLink() {
      linkMtu = meter.linkMtu(mesh.planes[0]!);
      meter.saw(actual());
    },
  });
  meter.saw(actual());
  return Object.assign(it, { meter });
}

const measured = ({ meter }: World) => meter.measured("api-1", path);

describe("the meter", () => {
  test("measures a path once it is proven, and each hour, with one packet where all is well", async () => {
    const it = world({ proven: false });
    await it.pass(5_000);
    assert.equal(it.asked.length, 0);
    it.proven = true;
    await it.pass(1_000);
    assert.deepEqual([measured(it), it.asked.includes(1420)], [1420, true]);
    await it.pass(600_000);
    assert.equal(it.asked.length, 2, "the smallest and the largest");
    await it.pass(3_600_000);
    assert.equal(it.asked.length, 4);
    it.meter.close();
  });

  test("keeps to the lesser of what arrives and what goes unfragmented outside", async () => {
    const it = world({ tells: 1232 });
    await it.pass(2_000);
    assert.equal(measured(it), 1232);
    assert.deepEqual(it.found, [{ mtu: 1232, before: 1420, isBlackHole: false }]);
    it.meter.close();
  });

  test("finds within ten seconds that large packets are lost, once some go out", async () => {
    const it = world();
    await it.pass(2_000);
    it.carries = 1240;
    await it.pass(60_000);
    assert.equal(measured(it), 1420, "nothing large went out, and nothing was lost");
    it.sent = { bytes: 1_500, packets: 2 };
    await it.pass(10_000);
    assert.equal(measured(it), 1232);
    assert.equal(it.found.at(-1)?.isBlackHole, true);
    assert.ok(it.asked.length < 60, `${it.asked.length} packets`);
    it.meter.close();
  });

  test("looks again after ten minutes at a path that became smaller", async () => {
    const it = world();
    await it.pass(2_000);
    it.carries = 1240;
    it.meter.moved();
    await it.pass(10_000);
    assert.equal(measured(it), 1232);
    it.carries = 1420;
    await it.pass(660_000);
    assert.equal(measured(it), 1420);
    it.meter.close();
  });

  test("small packets, its own among them, are no reason to look", async () => {
    const it = world();
    await it.pass(2_000);
    for (let second = 0; second < 60; second++) {
      it.sent = { bytes: it.sent.bytes + 7_200, packets: it.sent.packets + 100 };
      await it.pass(1_000);
    }
    assert.equal(it.asked.length, 2);
    it.meter.close();
  });

  test("has the interface made larger where the line below it is, and packets by other paths no larger for that", async () => {
    const it = world({ below: 9000, carries: 1440 });
    assert.equal(it.meter.mtuOf("api-1", "pw0"), 1420);
    await it.pass(250);
    assert.equal(it.meter.linkMtu(mesh.planes[0]!), 8920);
    assert.equal(it.meter.mtuOf("api-1", "pw0"), 1408, "WireGuard pads it to no more than 1408");
    await it.pass(5_000);
    assert.equal(measured(it), 1440);
    it.carries = 8920;
    it.meter.moved();
    await it.pass(5_000);
    assert.equal(measured(it), 8920);
    it.meter.close();
  });

  test("leaves a path as it is whose other end does not know the question", async () => {
    const it = world({ answers: false });
    await it.pass(20_000);
    it.sent = { bytes: 100_000, packets: 100 };
    await it.pass(20_000);
    assert.deepEqual([measured(it), it.meter.mtuOf("api-1", "pw0"), it.found], [undefined, 1420, []]);
    assert.ok(it.asked.length <= 40, `${it.asked.length} packets`);
    it.meter.close();
  });

  test("asks a path that comes and goes no more than every ten seconds", async () => {
    const it = world();
    for (let turn = 0; turn < 60; turn++) {
      it.proven = turn % 2 === 0;
      await it.pass(500);
    }
    assert.ok(it.asked.length <= 2 * 4, `${it.asked.length} packets`);
    it.meter.close();
  });
});
