import assert from "node:assert/strict";
import { test } from "node:test";
import { createVirtualClock } from "../../../test/lab/virtual-clock.ts";
import type { MeshState, PeerObject } from "../../wire/mesh.ts";
import { exampleMesh } from "../overlay/example.ts";
import { helpBypass } from "./bypass.ts";

const direct: PeerObject = exampleMesh.peers[0]!;
const on = (publicKey: string): PeerObject => ({ ...direct, plane: "pwx", publicKey });

test("who has not answered by the bypass is greeted again soon, a few times, and anew when somebody else is there", async () => {
  const clock = createVirtualClock(0);
  const at: number[] = [];
  let mesh: MeshState = exampleMesh;
  const greetStrangers = async (link: string) => {
    assert.equal(link, "pwx");
    at.push(clock.now());
  };
  const help = helpBypass({ clock, mesh: () => mesh, greeter: { greetStrangers } });
  await clock.pass(10_000);
  assert.deepEqual(at, []);
  mesh = { ...exampleMesh, peers: [direct, on("one")] };
  help.look();
  await clock.pass(20_000);
  assert.equal(at.length, 3);
  assert.ok(at[2]! - 10_000 < 5_000, at.join());
  mesh = { ...exampleMesh, peers: [direct, on("one"), on("two")] };
  help.look();
  await clock.pass(20_000);
  assert.equal(at.length, 6);
  const { endpoint: _, ...unreachable } = on("three");
  mesh = { ...exampleMesh, peers: [unreachable] };
  help.look();
  await clock.pass(20_000);
  assert.equal(at.length, 6, "it is they who begin");
  help.close();
});

test("a bypass is greeted no more once it is gone, and a change of something else begins nothing anew", async () => {
  const clock = createVirtualClock(0);
  let greeted = 0;
  let mesh: MeshState = { ...exampleMesh, peers: [direct, on("one")] };
  const help = helpBypass({ clock, mesh: () => mesh, greeter: { greetStrangers: async () => void greeted++ } });
  await clock.pass(1_500);
  assert.equal(greeted, 1, "an agent that starts while a bypass is there helps too");
  mesh = { ...mesh, peers: [on("one")] };
  help.look();
  await clock.pass(600);
  assert.equal(greeted, 2);
  mesh = exampleMesh;
  help.look();
  await clock.pass(20_000);
  assert.equal(greeted, 2);
});
