import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { overlayOf } from "./desired.ts";
import { exampleFacts, exampleMesh } from "./example.ts";
import { mainTable, relayTable } from "./model.ts";

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

  test("a peer whose endpoint has no address yet gets none", () => {
    const unresolved = overlayOf(exampleMesh, { ...exampleFacts, resolve: () => undefined });
    assert.ok(unresolved.peers.every((peer) => peer.endpoint === undefined));
  });

  test("a plane without a key is an error that names it", () => {
    assert.throws(() => overlayOf(exampleMesh, { ...exampleFacts, keyOf: () => undefined }), /no key 1 for pw0/);
  });
});
