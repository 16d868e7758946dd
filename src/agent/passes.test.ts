import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { digestOf } from "../wire/objects.ts";
import { exampleMesh } from "./overlay/example.ts";
import type { Actual, Change } from "./overlay/model.ts";
import { createPasses } from "./passes.ts";
import type { PassResult } from "./reconcile.ts";
import type { AgentState } from "./state.ts";

const stateOf = (revision: number, isHeld = false): AgentState => {
  const objects = { host: `{"revision":${revision}}` };
  const held = { revision, peers: ["api-1"], of: 1 };
  const guarded = { inForce: objects, missingSince: {}, ...(isHeld && { held }) };
  return { followed: { revision, objects, digest: digestOf(objects) }, guarded };
};
const well: PassResult = { changes: [], failures: [] };
const failed = (message: string): PassResult => ({ changes: [], failures: [new Error(message)] });
const made: Change = { kind: "createLink" } as Change;
const [pair] = exampleMesh.pairs;
const mesh = { ...exampleMesh, pairs: [{ ...pair!, tell: true as const }] };
const by = (link: string): PassResult => {
  const routes = [{ table: "main", destination: pair!.prefixes[0]!, link }];
  return { ...well, actual: { routes } as unknown as Actual };
};

/** What is said of each of these passes, that all follow one state. */
function said(...results: readonly PassResult[]) {
  const passes = createPasses();
  passes.add(well, stateOf(1), mesh);
  return results.map((result) => passes.add(result, stateOf(1), mesh));
}

describe("what passes have brought", () => {
  test("is the revision that the last good one followed, unless something of it is held", () => {
    const passes = createPasses();
    assert.deepEqual(passes.reached(), { revision: 0 });
    for (const [result, state] of [
      [well, stateOf(3)],
      [failed("no room"), stateOf(4)],
      [well, stateOf(5, true)],
    ] as const) {
      passes.add(result, state, mesh);
      assert.deepEqual(passes.reached(), { revision: 3, digest: stateOf(3).followed.digest });
    }
  });

  test("is news when it is another state, another failure, or another plane that control asks about", () => {
    assert.deepEqual(
      said(well, failed("no room"), failed("no room"), failed("no link"), well).map(({ isNews }) => isNews),
      [false, true, false, true, true],
    );
    assert.deepEqual(
      said(by("pw0"), by("pw0"), by("pwr1")).map(({ isNews }) => isNews),
      [true, false, true],
    );
  });

  test("is no news, but told some time, when a later revision is the same to this host", () => {
    const passes = createPasses();
    const state = stateOf(1);
    passes.add(well, state, mesh);
    const later = { ...state, followed: { ...state.followed, revision: 2 } };
    const said = [state, later, later].map((one) => passes.add(well, one, mesh));
    assert.deepEqual(
      said.map(({ isNews, isLater }) => [isNews, isLater]),
      [
        [false, false],
        [false, true],
        [false, false],
      ],
    );
  });

  test("asks for another pass after an interface was made, once, and after a failure", () => {
    const make = { ...well, changes: [made] };
    assert.deepEqual(
      said(make, make, well, failed("no room")).map(({ outcome }) => outcome),
      ["again", "done", "done", "failed"],
    );
  });
});
