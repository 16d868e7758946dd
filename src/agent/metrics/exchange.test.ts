import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { MeshState, PeerObject } from "../../wire/mesh.ts";
import { exampleMesh } from "../overlay/example.ts";
import type { Actual, Counted, PeerState } from "../overlay/model.ts";
import { createExchange } from "./exchange.ts";

const nowSeconds = 1_000_000;
const peer = (publicKey: string): PeerObject => ({
  ...{ plane: "pw0", host: "a", publicKey, keepaliveSeconds: 25, allowedIps: [], planeRoutes: [] },
});
const mesh = (publicKey = "KEY"): MeshState => ({
  ...exampleMesh,
  peers: [peer(publicKey)],
  pairs: [{ host: "a", prefixes: ["10.77.0.2/32", "fd00:77::2/128"], paths: [] }],
});

interface Look {
  readonly sent?: Readonly<Record<string, number>>;
  readonly handshakeAtSeconds?: number;
  readonly txBytes?: number;
  readonly publicKey?: string;
}

function actualOf({ sent = {}, handshakeAtSeconds = 0, txBytes = 0, publicKey = "KEY" }: Look): Actual {
  const state: PeerState = { publicKey, allowedIps: [], handshakeAtSeconds, rxBytes: 0, txBytes, keepaliveSeconds: 25 };
  const device = { publicKey: "OWN", listenPort: 51820, peers: [state] };
  const counted = Object.entries(sent).map(([address, packets]): [string, Counted] => [
    address,
    { packets, bytes: packets * 100 },
  ]);
  return {
    links: new Map([["pw0", { mtu: 1420, up: true, addresses: [], device }]]),
    ...{
      routes: [],
      rules: [],
      ownRoutes: [],
      firewallHolds: () => true,
      settings: new Map(),
      changedSettings: new Map(),
    },
    traffic: { received: new Map(), sent: new Map(counted) },
  };
}

/** What is told after each of these looks. */
function lookAt(...looks: readonly Look[]) {
  const told = { sent: 0, bytes: 0, failed: 0, failing: 0, keys: 0 };
  const { look } = createExchange({
    now: () => nowSeconds * 1000,
    onFailing: () => void told.failing++,
    tally: {
      exchanged(_, way, packets, bytes) {
        if (way === "sent") Object.assign(told, { sent: told.sent + packets, bytes: told.bytes + bytes });
      },
      handshakesFailed(_host, _plane, count) {
        told.failed += count;
      },
      keyChanged: () => void told.keys++,
    },
  });
  return looks.map((one) => {
    look(mesh(one.publicKey), actualOf(one));
    return { ...told };
  });
}

suite("what is exchanged with a peer", () => {
  test("adds up over both families, and goes on when the table was made anew", () => {
    const told = lookAt(
      { sent: { "10.77.0.2": 5 } },
      { sent: { "10.77.0.2": 6, "fd00:77::2": 2 } },
      { sent: { "10.77.0.2": 1, "fd00:77::2": 0 } },
    );
    assert.deepEqual(
      told.map(({ sent }) => sent),
      [5, 8, 9],
    );
    assert.equal(told.at(-1)!.bytes, 900);
  });

  test("is no failed handshake while there is a session, or one just came", () => {
    const [young, old] = [nowSeconds - 10, nowSeconds - 200];
    for (const looks of [
      [{ handshakeAtSeconds: young }, { handshakeAtSeconds: young, txBytes: 148_000 }],
      [{ handshakeAtSeconds: old }, { handshakeAtSeconds: young, txBytes: 148 }],
      [
        { handshakeAtSeconds: old, txBytes: 500 },
        { handshakeAtSeconds: old, txBytes: 500 },
      ],
    ])
      assert.equal(lookAt(...looks).at(-1)!.failed, 0, JSON.stringify(looks));
  });

  test("is a failed handshake for each first message without a session, told once until there is one", () => {
    const told = lookAt(
      { txBytes: 1000 },
      { txBytes: 1000 + 148 },
      { txBytes: 1000 + 3 * 148 },
      { txBytes: 148 }, // greeted anew
      { txBytes: 148, handshakeAtSeconds: nowSeconds - 1 },
    );
    assert.deepEqual(
      told.map(({ failed }) => failed),
      [0, 1, 3, 4, 4],
    );
    assert.equal(told.at(-1)!.failing, 1);
  });

  test("goes on under a key that is another one, which is counted", () => {
    const told = lookAt({ publicKey: "KEY" }, { publicKey: "OTHER" }, { publicKey: "OTHER" });
    assert.equal(told.at(-1)!.keys, 1);
  });
});
