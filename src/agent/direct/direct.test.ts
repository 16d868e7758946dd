import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { describe, test } from "node:test";
import type { MeshState, PathObject, PlaneName } from "../../wire/mesh.ts";
import { exampleMesh } from "../overlay/example.ts";
import type { Letter } from "../paths/letter.ts";
import { type Direct, startDirect } from "./direct.ts";

const relayed: PathObject = { kind: "relay", plane: "pwr1", via: "relay", probeAddress: "fd::2" };
const direct: PathObject = { kind: "direct", plane: "pw0", probeAddress: "fd::1" };
const bypass: PathObject = { kind: "direct", plane: "pwx", probeAddress: "fd::3", sought: true };

/** A host behind NAT with one relay and the pair `other`, for which no endpoint is known. */
const mesh: MeshState = {
  ...exampleMesh,
  planes: [
    { name: "pw0", listenPort: 51820, mtu: 1420, probeAddress: "fd::9" },
    { name: "pwr1", listenPort: 0, mtu: 1420, probeAddress: "fd::8", relay: "relay", relayProbeAddress: "fd::5" },
  ],
  peers: [
    {
      plane: "pw0",
      host: "other",
      publicKey: "key",
      keepaliveSeconds: 25,
      allowedIps: ["10.0.0.2/32"],
      planeRoutes: [],
    },
  ],
  pairs: [{ host: "other", prefixes: ["10.0.0.2/32"], paths: [relayed, direct] }],
};

/** The same in a rotation: both have a bypass, and the relay sees it. */
const rotating: MeshState = {
  ...mesh,
  planes: [...mesh.planes, { name: "pwx", listenPort: 51821, mtu: 1420, probeAddress: "fd::7" }],
  peers: [
    ...mesh.peers,
    { ...mesh.peers[0]!, plane: "pwx", publicKey: "bypass" },
    { ...mesh.peers[0]!, plane: "pwx", host: "relay", endpoint: "203.0.113.1:51821", allowedIps: [] },
  ],
  pairs: [{ ...mesh.pairs[0]!, paths: [relayed, direct, bypass] }],
};

/** Runs a search by a clock of its own; `proven` are planes whose probes come back. */
async function searching(
  proven: readonly PlaneName[],
  play: (search: Direct, pass: (ms: number) => Promise<void>) => Promise<void>,
  state: MeshState = mesh,
) {
  const said: (readonly [string, Letter])[] = [];
  const greeted: (string | undefined)[] = [];
  let now = 0;
  let wake = () => {};
  const clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        wake = resolve;
        signal?.addEventListener("abort", () => resolve());
      }),
  };
  const address = { cidr: "192.168.1.2/24" } as NetworkInterfaceInfo;
  const search = startDirect({
    clock,
    mesh: () => state,
    prober: {
      paths: () => state.pairs[0]!.paths.map((path) => ({ path, proven: proven.includes(path.plane) })),
      tell: (_, to, letter) => said.push([to, letter]),
      urge() {},
    },
    interfaces: () => ({ eth0: [address] }),
    resolve: (endpoint) => endpoint,
    doubt() {},
    isSilent: async () => true,
    endpointOf: async () => undefined,
    greet: async ({ plane }, endpoint) => {
      greeted.push(plane === "pw0" ? endpoint : `${plane} ${endpoint}`);
      return true;
    },
  });
  const pass = async (ms: number) => {
    for (const end = now + ms; now < end; ) {
      now += 250;
      wake();
      await new Promise(setImmediate);
    }
  };
  await play(search, pass);
  search.close();
  return { said, greeted };
}

const candidates = (reply: boolean, ...endpoints: readonly string[]): Letter => ({
  kind: "candidates",
  endpoints,
  reply,
});

describe("the search for a direct way", () => {
  test("asks the relay where it is seen, and tells the other end so by way of it", async () => {
    const { said } = await searching(["pwr1"], async (search, pass) => {
      await pass(500);
      search.onLetter("pwr1", "fd::5", { kind: "here", endpoint: "203.0.113.7:40000" });
      await pass(500);
    });
    assert.deepEqual(said[0], ["fd::5", { kind: "where" }]);
    const last = said.findLast(([to]) => to === "fd::2")![1];
    assert.deepEqual(last, candidates(true, "203.0.113.7:40000", "192.168.1.2:51820"));
  });

  test("tries what the other end says, answers where it is asked to, and rests when nothing helped", async () => {
    const { said, greeted } = await searching(["pwr1"], async (search, pass) => {
      await pass(250);
      search.onLetter("pwr1", "fd::2", candidates(true, "203.0.113.9:5000", "192.168.7.7:51820"));
      await pass(4_000);
    });
    assert.deepEqual(greeted, ["203.0.113.9:5000", "192.168.7.7:51820", undefined]);
    assert.ok(said.some(([to, letter]) => to === "fd::2" && letter.kind === "candidates" && !letter.reply));
  });

  test("greets nobody while the direct way is proven, or while there is nobody to tell", async () => {
    for (const proven of [["pwr1", "pw0"], []] as const) {
      const { greeted, said } = await searching(proven, async (_, pass) => pass(10_000));
      assert.deepEqual(greeted, []);
      assert.ok(!said.some(([, letter]) => letter.kind === "candidates"));
    }
  });

  test("believes a mapping of the relay alone, and candidates of the pair's other end alone", async () => {
    const { said, greeted } = await searching(["pwr1"], async (search, pass) => {
      search.onLetter("pwr1", "fd::66", { kind: "here", endpoint: "203.0.113.66:1" });
      search.onLetter("pwr1", "fd::66", candidates(true, "203.0.113.66:1"));
      await pass(2_000);
    });
    assert.deepEqual(greeted, []);
    assert.ok(!JSON.stringify(said).includes("203.0.113.66"));
  });

  test("is one of its own for a bypass: by other letters, on its own port, where a relay sees it", async () => {
    const about = { plane: "pwx" } as const;
    const { said, greeted } = await searching(
      ["pwr1", "pw0"],
      async (search, pass) => {
        await pass(250);
        search.onLetter("pwr1", "fd::5", { kind: "here", endpoint: "203.0.113.7:40000" });
        search.onLetter("pwr1", "fd::5", { kind: "here", endpoint: "203.0.113.7:40001", ...about });
        search.onLetter("pwr1", "fd::2", candidates(true, "203.0.113.9:5000"));
        search.onLetter("pwr1", "fd::2", { ...candidates(true, "203.0.113.9:5001"), ...about });
        await pass(1_000);
      },
      rotating,
    );
    assert.deepEqual(said[0], ["fd::5", { kind: "where", ...about }]);
    const own = said.filter(([, letter]) => letter.kind === "candidates" && letter.plane === "pwx").at(-1)![1];
    assert.deepEqual(own, { ...candidates(false, "203.0.113.7:40001", "192.168.1.2:51821"), ...about });
    assert.deepEqual(greeted.slice(0, 1), ["pwx 203.0.113.9:5001"]);
    assert.ok(!greeted.includes("203.0.113.9:5000"), "the direct way is proven");
  });

  test("is none for a bypass that leads to an endpoint of one of the two", async () => {
    const { sought: _, ...known } = bypass;
    const state = { ...rotating, pairs: [{ ...rotating.pairs[0]!, paths: [relayed, direct, known] }] };
    const { said, greeted } = await searching(["pwr1", "pw0"], async (_, pass) => pass(5_000), state);
    assert.deepEqual([said, greeted], [[], []]);
  });
});
