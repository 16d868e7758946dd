import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MeshState } from "../../wire/mesh.ts";
import { overlayOf } from "./desired.ts";
import { exampleFacts, exampleMesh } from "./example.ts";
import { bypassTable, mainTable, relayTable } from "./model.ts";

const overlay = overlayOf(exampleMesh, exampleFacts);
const routeTo = (destination: string, table = mainTable, of = overlay) =>
  of.routes.find((route) => route.destination === destination && route.table === table);

describe("what a host's kernel should hold", () => {
  test("the direct plane has the overlay addresses, every plane the IPv4 one and its probe address", () => {
    assert.deepEqual(
      overlay.links.map((link) => link.addresses),
      [
        ["10.77.0.1/32", "fd00:77:0:ff00::1/128", "fd00:77::1/128"],
        ["10.77.0.1/32", "fd00:77:0:ff05::1/128"],
      ],
    );
  });

  test("a pair is routed on its most preferred path until one is chosen, and never by a path that it has not", () => {
    for (const [chosen, link] of [
      [undefined, "pw0"],
      ["pwr", "pwr"],
      ["pwr2", "pw0"],
    ] as const) {
      const chosenOverlay = overlayOf(exampleMesh, { ...exampleFacts, planeOf: () => chosen });
      assert.equal(routeTo("10.77.0.2/32", mainTable, chosenOverlay)?.link, link);
      assert.equal(routeTo("fd00:77::2/128", mainTable, chosenOverlay)?.source, "fd00:77::1");
    }
  });

  test("the rest of the overlay is unreachable instead of following the default route", () => {
    assert.deepEqual(routeTo("10.77.0.0/16"), { table: mainTable, destination: "10.77.0.0/16" });
    assert.equal(routeTo("fd00:77::/48")?.link, undefined);
  });

  test("a relay passes on by its own plane, whichever way it goes itself", () => {
    assert.equal(routeTo("10.77.0.2/32", relayTable)?.link, "pwr");
    assert.equal(routeTo("10.77.0.2/32")?.link, "pw0");
    assert.deepEqual(overlay.rules, [
      { family: 4, priority: 5182, table: relayTable, link: "pwr" },
      { family: 6, priority: 5182, table: relayTable, link: "pwr" },
    ]);
  });

  test("a relay's bypass has a table of its own, with those spokes alone that have it", () => {
    const { planes, peers, forwards } = exampleMesh;
    const third = { ...forwards[0]!, host: "api-0", prefixes: ["10.77.0.9/32"], pairs: ["api-1", "api-2"] };
    const spokes = [
      third,
      ...forwards.map((one, index) => ({ ...one, bypassProbe: `fd00:77:0:ff04::${index + 2}/128` })),
    ];
    const bypass = { ...planes[0]!, name: "pwx", listenPort: 51821, probeAddress: "fd00:77:0:ff04::1" } as const;
    const mesh = { ...exampleMesh, planes: [...planes, bypass], peers, forwards: spokes };
    const both = overlayOf(mesh, exampleFacts);
    const passed = both.routes.filter(({ table }) => table === bypassTable).map(({ destination }) => destination);
    assert.deepEqual(passed.sort(), [
      ...["10.77.0.2/32", "10.77.0.3/32", "fd00:77:0:ff04::2/128", "fd00:77:0:ff04::3/128"],
      ...["fd00:77::2/128", "fd00:77::3/128"],
    ]);
    assert.deepEqual(both.relayLinks, ["pwr", "pwx"]);
    assert.deepEqual(both.rules.slice(2), [
      { family: 4, priority: 5182, table: bypassTable, link: "pwx" },
      { family: 6, priority: 5182, table: bypassTable, link: "pwx" },
    ]);
    assert.equal(both.routes.filter(({ table, link }) => table === relayTable && link !== "pwr").length, 0);
    assert.deepEqual(overlayOf({ ...mesh, forwards }, exampleFacts).relayLinks, ["pwr"], "a bypass of this host's own");
  });

  test("networks behind the other end of a pair belong to the relay on its bypass, and on a relay to their router", () => {
    const subnet = { prefix: "192.168.10.0/24", routers: ["api-2"] };
    const peer = { ...exampleMesh.peers[0]!, plane: "pwx" } as const;
    const path = { plane: "pwx", kind: "relay", via: "api-1", probeAddress: "fd00:77:0:ff04::3" } as const;
    const pair = { host: "api-2", prefixes: ["10.77.0.3/32"], paths: [path] };
    const holds = (mesh: Partial<MeshState>) => {
      const planes = [...exampleMesh.planes, { ...exampleMesh.planes[0]!, name: "pwx" } as const];
      const { peers } = overlayOf({ ...exampleMesh, planes, peers: [peer], ...mesh }, exampleFacts);
      return peers[0]!.allowedIps.includes(subnet.prefix);
    };
    assert.ok(holds({ pairs: [pair], subnets: [{ ...subnet, own: true }] }));
    assert.ok(!holds({ pairs: [pair], subnets: [subnet] }), "nothing is sent there");
    assert.ok(!holds({ pairs: [{ ...pair, paths: [] }], subnets: [{ ...subnet, own: true }] }));
    assert.ok(holds({ subnets: [{ ...subnet, routers: ["api-1"], passed: ["api-2"] }] }));
  });

  test("the internet belongs to an exit, never to the relay by whose bypass it is reached", () => {
    const peer = { ...exampleMesh.peers[0]!, plane: "pwx" } as const;
    const path = { plane: "pwx", kind: "relay", via: "api-1", probeAddress: "fd00:77:0:ff04::3" } as const;
    const pairs = [{ host: "api-2", prefixes: ["10.77.0.3/32"], paths: [path] }];
    const planes = [...exampleMesh.planes, { ...exampleMesh.planes[0]!, name: "pwx" } as const];
    const internetOf = (exit: string) => {
      const tunnel = { exits: [exit], exits6: [exit] };
      const { peers } = overlayOf({ ...exampleMesh, planes, peers: [peer], pairs, tunnel }, exampleFacts);
      return peers[0]!.allowedIps.filter((prefix) => prefix.endsWith("/0"));
    };
    assert.deepEqual(internetOf("api-2"), []);
    assert.deepEqual(internetOf("api-1"), ["0.0.0.0/0", "::/0"], "an exit's own bypass");
  });

  test("a peer whose endpoint has no address yet gets none", () => {
    const unresolved = overlayOf(exampleMesh, { ...exampleFacts, resolve: () => undefined });
    assert.ok(unresolved.peers.every((peer) => peer.endpoint === undefined));
  });

  test("a plane without a key is an error that names it", () => {
    assert.throws(() => overlayOf(exampleMesh, { ...exampleFacts, keyOf: () => undefined }), /no key 1 for pw0/);
  });
});
