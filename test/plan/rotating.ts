// A random network in the middle of a rotation: one plane of one of its hosts gets a new key, and what needs it has a bypass.
import fc from "fast-check";
import { bypassEnds } from "../../src/plan/rotation/bypass.ts";
import type { RotationStep } from "../../src/plan/rotation/run.ts";
import { rotatedPlanes } from "../../src/plan/rotation/select.ts";
import { survey } from "../../src/plan/survey.ts";
import { capability } from "../../src/wire/capability.ts";
import { type World, world } from "./world.ts";

export interface Rotating extends World {
  /** Absent: nobody has a key that could be replaced. */
  readonly step?: RotationStep;
}

/** The bypass is up, and the plane carries packets yet. */
export const rotating: fc.Arbitrary<Rotating> = fc.tuple(world, fc.nat()).map(([drawn, choice]): Rotating => {
  const { spec, observed } = drawn;
  const { topology } = survey(spec, observed);
  const planes = topology.members.flatMap((member) =>
    rotatedPlanes(member, topology).map((plane) => ({ host: member.name, plane })),
  );
  const chosen = planes[choice % Math.max(1, planes.length)];
  if (chosen === undefined) return drawn;
  const asked = bypassEnds(chosen, topology, () => capability);
  const step: RotationStep = {
    ...{ ...chosen, phase: "bypass", sinceMs: 0, from: 1, proofs: [], left: [], asked },
    to: { generation: 2, publicKey: `new ${chosen.host}` },
    bypass: Object.fromEntries(asked.map((name) => [name, `bypass ${name}`])),
  };
  return { spec, observed: { ...observed, rotation: { number: 7, active: [step] } }, step };
});
