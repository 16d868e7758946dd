import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeshState } from "../../wire/mesh.ts";
import { exampleMesh } from "../overlay/example.ts";
import { startLegs } from "./legs.ts";

const mesh: MeshState = {
  ...exampleMesh,
  planes: [
    { name: "pwr1", listenPort: 0, mtu: 1420, probeAddress: "fd::8", relay: "relay-1", relayProbeAddress: "fd::5" },
  ],
  peers: [
    {
      ...{
        plane: "pwr1",
        host: "relay-1",
        publicKey: "key",
        endpoint: "relay.example.com:51822",
        keepaliveSeconds: 25,
      },
      ...{ allowedIps: [], planeRoutes: [] },
    },
  ],
};

test("a relay that does not answer is looked up, greeted anew and reached from another port, until it answers", async () => {
  const log: string[] = [];
  let [now, answers, isSilent] = [0, true, false];
  let wake = () => {};
  const legs = startLegs({
    clock: {
      now: () => now,
      monotonic: () => now,
      sleep: (_, signal) =>
        new Promise((resolve) => {
          wake = resolve;
          signal?.addEventListener("abort", () => resolve());
        }),
    },
    mesh: () => mesh,
    answers: () => answers,
    resolve: () => "192.0.2.1:51822",
    doubt: (endpoint) => log.push(`doubt ${endpoint}`),
    greeter: {
      isSilent: async () => isSilent,
      greet: async (_, endpoint) => log.push(`greet ${endpoint}`) > 0,
      rebind: async ({ plane }) => log.push(`rebind ${plane}`) > 0,
    },
    onRemedy() {},
    onBack: (relay) => log.push(`${relay} is back`),
  });
  const pass = async (ms: number) => {
    for (const end = now + ms; now < end; ) {
      now += 250;
      wake();
      await new Promise(setImmediate);
    }
  };
  await pass(1_000);
  assert.deepEqual([log, legs.tried("pwr1")], [[], []]);
  answers = false;
  await pass(1_000);
  assert.deepEqual([log, legs.tried("pwr1")], [[], []], "its agent is dead, its tunnel is not");
  answers = true;
  await pass(250);
  [answers, isSilent] = [false, true];
  await pass(4_000);
  assert.deepEqual(log, ["doubt relay.example.com:51822", "greet 192.0.2.1:51822", "rebind pwr1"]);
  assert.deepEqual(legs.tried("pwr1"), [
    "looked relay.example.com:51822 up again",
    "new handshake with 192.0.2.1:51822",
    "another port of this host",
  ]);
  answers = true;
  await pass(250);
  legs.close();
  assert.equal(log.at(-1), "relay-1 is back");
  assert.deepEqual(legs.tried("pwr1"), []);
});
