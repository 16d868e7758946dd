import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hostNames, world } from "../../../test/plan/world.ts";
import type { KeyObject, PlaneObject } from "../../wire/mesh.ts";
import { compile } from "../compile.ts";
import { phases } from "./run.ts";

const drawnStep = fc.record({
  host: fc.constantFrom(...hostNames),
  plane: fc.constantFrom("pw0", "pwr", "pwr1", "pwr2"),
  phase: fc.constantFrom(...phases),
});
const step = drawnStep.map((drawn) => ({
  ...drawn,
  ...({ sinceMs: 0, from: 1, proofs: [], left: [] } as const),
  to: { generation: 2, publicKey: `new ${drawn.host}` },
  bypass: Object.fromEntries(hostNames.map((name) => [name, `bypass ${name}`])),
}));

test("a host that shall have a bypass is asked for its key, whatever became of its pairs since that was made", () => {
  fc.assert(
    fc.property(world, step, ({ spec, observed }, active) => {
      const { hosts } = compile(spec, { ...observed, rotation: { number: 7, active: [active] } });
      for (const [name, { mesh }] of Object.entries(hosts)) {
        const hasPeers = Object.keys(mesh).some((key) => key.startsWith("peer/pwx/"));
        assert.equal(mesh["plane/pwx"] !== undefined, hasPeers, name);
        if (!hasPeers) continue;
        const { generation } = JSON.parse(mesh["plane/pwx"]!) as PlaneObject;
        const { generations } = JSON.parse(mesh["key/pwx"] ?? '{"generations":[]}') as KeyObject;
        assert.ok(generations.includes(generation!), `${name} has no key ${generation}`);
      }
    }),
    { numRuns: 1000 },
  );
});
