import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { world } from "../../test/plan/world.ts";
import { canonicalJson } from "./canonical-json.ts";
import { pairBetween, pairTexts } from "./paths.ts";
import { survey } from "./survey.ts";
import { othersOf } from "./topology.ts";

test("a text that is made once for many hosts says of each pair what that pair's own would", () => {
  fc.assert(
    fc.property(world, ({ spec, observed }) => {
      const { topology } = survey(spec, observed);
      const pairText = pairTexts(topology);
      for (const member of topology.members) {
        for (const other of othersOf(topology, member))
          assert.equal(pairText(member, other), canonicalJson(pairBetween(member, other, topology)));
      }
    }),
    { numRuns: 300 },
  );
});
