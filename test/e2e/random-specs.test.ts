// Whether `can` and `trace` agree where files at random are in force; `node bench/mesh/random-specs.ts` tries more of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { needsRoot } from "../lab/needs-root.ts";
import { openRandomLab } from "./random-specs.ts";

const files = 2;

test("what can answers is what packets do, whatever the file", { ...needsRoot, timeout: 300_000 }, async (t) => {
  const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1_000_000));
  const lab = await openRandomLab(seed);
  try {
    for (let number = 0; number < files; number++) {
      const { traced, open, disagreements } = await lab.tryFile(number);
      t.diagnostic(`SEED=${seed}, file ${number}: ${traced} triples, ${open} of them open`);
      assert.deepEqual(disagreements, [], `SEED=${seed}`);
    }
  } finally {
    await lab.close();
  }
});
