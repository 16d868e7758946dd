import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { KeyObject, MeshState, PlaneObject } from "../wire/mesh.ts";
import { openKeyring } from "./keyring.ts";
import { exampleMesh } from "./overlay/example.ts";

const pw0 = (generation?: number): PlaneObject => ({
  ...exampleMesh.planes[0]!,
  ...(generation !== undefined && { generation }),
});
const meshOf = (planes: readonly PlaneObject[], keys: readonly KeyObject[] = []): MeshState => ({
  ...exampleMesh,
  planes,
  keys,
});

describe("a keyring", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "portway-keyring-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const files = (plane: string) => readdirSync(join(folder, "keys")).filter((name) => name.startsWith(`${plane}.`));

  test("makes the key that is asked for, once, beside the one in use, and tells public halves alone", () => {
    const ring = openKeyring(folder);
    const rotating = meshOf([pw0(1)], [{ plane: "pw0", generations: [1, 2] }]);
    ring.provide(rotating);
    const told = ring.asked(rotating);
    assert.deepEqual(
      told.map(({ plane, generation }) => [plane, generation]),
      [
        ["pw0", 1],
        ["pw0", 2],
      ],
    );
    ring.provide(rotating);
    ring.forget(rotating);
    assert.deepEqual(openKeyring(folder).asked(rotating), told);
    assert.equal(ring.keyOf(pw0(1))!.publicKey, told[0]!.publicKey);
    assert.equal(ring.keyOf(pw0(2))!.publicKey, told[1]!.publicKey);
  });

  test("deletes what is neither in use nor asked for any more", () => {
    const ring = openKeyring(folder);
    const asked: KeyObject[] = [
      { plane: "pw0", generations: [1, 2] },
      { plane: "pwx", generations: [7] },
    ];
    ring.provide(meshOf([pw0(1)], asked));
    ring.forget(meshOf([pw0(1)], asked));
    assert.deepEqual([files("pw0").length, files("pwx").length], [2, 1]);
    ring.forget(meshOf([pw0(2)]));
    assert.deepEqual([files("pw0"), files("pwx")], [["pw0.2.key"], []]);
    assert.equal(ring.keyOf(pw0(1)), undefined);
  });

  test("keeps the keys of planes that have no interface now", () => {
    const ring = openKeyring(folder);
    ring.forget(meshOf([pw0(1)]));
    assert.equal(files("pwr2").length, 1);
  });

  test("never makes a key that was in use before and is lost", () => {
    const ring = openKeyring(folder);
    const mesh = meshOf([pw0(4)], [{ plane: "pw0", generations: [4, 5] }]);
    ring.provide(mesh);
    assert.equal(ring.keyOf(pw0(4)), undefined);
    assert.equal(ring.keyOf(pw0(5))?.generation, 5);
  });

  test("takes the newest key where control does not say which", () => {
    const ring = openKeyring(folder);
    ring.provide(meshOf([pw0(1)], [{ plane: "pw0", generations: [1, 2] }]));
    assert.equal(ring.keyOf(pw0())?.generation, 2);
  });
});
