import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createVirtualClock } from "../../../test/lab/virtual-clock.ts";
import type { MeshState } from "../../wire/mesh.ts";
import { exampleMesh } from "../overlay/example.ts";
import type { Counted } from "../overlay/model.ts";
import { watchActivity } from "./activity.ts";

const pairOf = (host: string, address: string) => ({ host, prefixes: [`${address}/32`], paths: [] });
const [api1, api2] = ["10.77.0.2", "10.77.0.3"];
const mesh: MeshState = {
  ...exampleMesh,
  pairs: [pairOf("api-1", api1), pairOf("api-2", api2)],
  subnets: [],
  onward: [],
  outward: [],
};

/** A host with two pairs on pw0, and a clock of its own. */
function world(state: MeshState = mesh) {
  const clock = createVirtualClock(0);
  const sent = new Map<string, Counted>();
  const it = {
    /** Gone out by the interface, and the agent's own of that. */
    all: 0,
    own: 0,
    questions: 0,
    /** The firewall does not answer. */
    isMute: false,
    send(address: string) {
      it.all++;
      sent.set(address, { packets: (sent.get(address)?.packets ?? 0) + 1, bytes: 0 });
    },
    pass: clock.pass,
    busy: () => state.pairs.map(({ host }) => host).filter((host) => activity.isBusy(host)),
    close: () => activity.close(),
  };
  const activity = watchActivity({
    clock,
    ...{ mesh: () => state, planeOf: () => "pw0", sentBy: () => it.all, ownOf: () => it.own },
    readSent: async () => {
      it.questions++;
      return it.isMute ? undefined : new Map(sent);
    },
  });
  return it;
}

describe("whether a pair carries packets", () => {
  test("it is taken to at first, is idle after ten quiet seconds, and costs no question then", async () => {
    const it = world();
    await it.pass(9_000);
    assert.deepEqual(it.busy(), ["api-1", "api-2"]);
    await it.pass(2_000);
    assert.deepEqual(it.busy(), []);
    const { questions } = it;
    for (let second = 0; second < 100; second++) {
      it.all += 3;
      it.own += 3;
      await it.pass(1_000);
    }
    assert.deepEqual([it.busy(), it.questions], [[], questions]);
    it.close();
  });

  test("it does within a good second of its first packet, and no other one", async () => {
    const it = world();
    it.send(api2);
    await it.pass(20_000);
    it.send(api1);
    await it.pass(300);
    assert.deepEqual(it.busy(), ["api-1"]);
    it.send(api2);
    await it.pass(1_300);
    assert.deepEqual(it.busy(), ["api-1", "api-2"]);
    it.close();
  });

  test("it goes on to as long as it sends, and a question every few seconds tells so", async () => {
    const it = world({ ...mesh, pairs: mesh.pairs.slice(0, 1) });
    await it.pass(20_000);
    it.send(api1);
    await it.pass(1_000);
    const { questions } = it;
    for (let second = 0; second < 60; second++) {
      it.send(api1);
      await it.pass(1_000);
      assert.deepEqual(it.busy(), ["api-1"]);
    }
    assert.ok(it.questions - questions <= 15, `${it.questions - questions} questions`);
    it.close();
  });

  test("it is taken to where nobody can tell: the firewall is silent, or a network lies behind either end", async () => {
    const subnets = [{ prefix: "192.168.10.0/24", routers: ["api-2"], own: true as const }];
    const tunnel = { exits: ["api-1"], exits6: [] };
    const [mute, router, exit] = [world(), world({ ...mesh, subnets }), world({ ...mesh, tunnel })];
    const all = [mute, router, exit];
    for (const it of all) await it.pass(20_000);
    mute.isMute = true;
    for (const it of all) it.all++;
    for (const it of all) await it.pass(300);
    assert.deepEqual(
      all.map((it) => it.busy()),
      [["api-1", "api-2"], ["api-2"], ["api-1"]],
    );
    for (const it of all) it.close();
  });

  test("datagrams of the agent's own that the interface counts a moment later are no reason to ask", async () => {
    const it = world();
    await it.pass(20_000);
    const { questions } = it;
    it.own++;
    await it.pass(250);
    it.all++;
    await it.pass(1_000);
    assert.equal(it.questions, questions);
    it.close();
  });
});
