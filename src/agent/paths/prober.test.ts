import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { systemClock } from "../../lib/clock.ts";
import type { MeshState } from "../../wire/mesh.ts";
import { exampleMesh } from "../overlay/example.ts";
import { type ProbeEvents, startProber } from "./prober.ts";

const unheard: ProbeEvents = {
  onMove() {},
  onChange() {},
  onProof() {},
  onDark() {},
  onLetter() {},
  onSized() {},
  onAsked() {},
  onAnswered() {},
  onLost() {},
};

/** A port that is free on the loopback. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp6").bind({ address: "::1" });
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => void socket.close(resolve));
  return port;
}

/** A pair whose other end is this host itself, by way of the loopback; the first path leads nowhere. */
async function loopMesh(): Promise<MeshState> {
  const host = { ...exampleMesh.host, probePort: await freePort() };
  const plane = { ...exampleMesh.planes[0]!, probeAddress: "::1" };
  const paths = [
    { plane: "pw0", kind: "direct", probeAddress: "::2" },
    { plane: "pw0", kind: "relay", via: "relay", probeAddress: "::1" },
  ] as const;
  return { ...exampleMesh, host, planes: [plane], pairs: [{ ...exampleMesh.pairs[0]!, paths }] };
}

test("a pair moves to the path whose probes come back", async () => {
  const changed = Promise.withResolvers<string>();
  const prober = startProber(systemClock, { ...unheard, onChange: changed.resolve }, () => true);
  try {
    prober.update(await loopMesh(), () => undefined);
    assert.equal(prober.reach("api-1")?.path.kind, "direct");
    assert.equal(prober.reach("api-1")?.proven, false);
    assert.equal(await changed.promise, "api-1");
    const reach = prober.reach("api-1")!;
    assert.deepEqual([reach.path.kind, reach.proven], ["relay", true]);
    assert.equal(prober.reach("nobody"), undefined);
  } finally {
    prober.close();
  }
});

test("a pair that an agent before this one left on a path stays there until it had time to prove itself", async () => {
  const prober = startProber(systemClock, unheard, () => true);
  try {
    const mesh = await loopMesh();
    prober.update({ ...mesh, planes: [] }, () => "pw0");
    assert.equal(prober.reach("api-1")?.path.kind, "direct");
  } finally {
    prober.close();
  }
});

test("a pair is dark when no path proves itself in time, and never while one does", async () => {
  let aheadMs = 0;
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + aheadMs };
  const proven = Promise.withResolvers<string>();
  const prober = startProber(clock, { ...unheard, onChange: proven.resolve }, () => true);
  try {
    const mesh = await loopMesh();
    const lost = { ...mesh.pairs[0]!, host: "api-9", paths: mesh.pairs[0]!.paths.slice(0, 1) };
    prober.update({ ...mesh, pairs: [...mesh.pairs, lost] }, () => undefined);
    assert.deepEqual([prober.reach("api-1")?.isDark, prober.reach("api-9")?.isDark], [false, false]);
    await proven.promise;
    aheadMs = 3_500;
    assert.equal(prober.reach("api-9")?.isDark, false);
    aheadMs = 6_000;
    assert.deepEqual([prober.reach("api-1")?.isDark, prober.reach("api-9")?.isDark], [false, true]);
    prober.update({ ...mesh, pairs: [lost] }, () => undefined);
    assert.equal(prober.reach("api-9")?.isDark, true, "a new state brings no new time");
  } finally {
    prober.close();
  }
});
