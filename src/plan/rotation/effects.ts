// What a step of a rotation means for the desired state of hosts. Pure.
import type { KeyObject, PlaneName } from "../../wire/mesh.ts";
import { own } from "../own.ts";
import type { Phase, Rotation, RotationStep } from "./run.ts";

const during =
  (...of: readonly Phase[]) =>
  ({ phase }: RotationStep) =>
    of.includes(phase);

const newKeyIsHeld = during("tell", "swap", "prove");
const newKeyIsUsed = during("swap", "prove");
const newKeyIsKept = during("prepare", "bypass", "rest", "tell", "swap", "prove");

/** The plane's paths carry nothing as long as there is another way. */
export const planeRests: (step: RotationStep) => boolean = during("rest", "tell", "swap", "prove");
/** The bypass is on its way out. */
export const bypassRests: (step: RotationStep) => boolean = during("return", "linger");
/** The bypass is up, where both ends have keys for it. */
const bypassIsOpen = during("bypass", "rest", "tell", "swap", "prove", "return", "linger");

const isBypassed = (step: RotationStep, host: string) => bypassIsOpen(step) && own(step.bypass, host) !== undefined;

/** The steps whose bypass is up. */
export const openBypasses = (rotation: Rotation | undefined): readonly RotationStep[] =>
  rotation?.active.filter((step) => bypassIsOpen(step)) ?? [];

const stepsOf = (rotation: Rotation | undefined, host: string) =>
  rotation?.active.filter((step) => step.host === host) ?? [];

/** The public keys that others hold for a host, where they differ from those of the registry. */
export function heldKeys(rotation: Rotation | undefined, host: string): Readonly<Partial<Record<PlaneName, string>>> {
  const steps = stepsOf(rotation, host).filter((step) => newKeyIsHeld(step) && !step.undo);
  const bypass = rotation?.active.find((step) => isBypassed(step, host))?.bypass[host];
  return {
    ...(bypass !== undefined && { pwx: bypass }),
    ...Object.fromEntries(steps.map(({ plane, to }) => [plane, to.publicKey!])),
  };
}

/** The generations that a host uses, where they differ from those of the registry. */
export function usedGenerations(
  rotation: Rotation | undefined,
  host: string,
): Readonly<Partial<Record<PlaneName, number>>> {
  const steps = stepsOf(rotation, host).filter((step) => newKeyIsUsed(step) && !step.undo);
  return {
    ...(rotation?.active.some((step) => isBypassed(step, host)) && { pwx: rotation.number }),
    ...Object.fromEntries(steps.map(({ plane, to }) => [plane, to.generation])),
  };
}

/** The steps of one of these two whose bypass joins them. */
export function bypassesBetween(rotation: Rotation | undefined, a: string, b: string): readonly RotationStep[] {
  const joins = ({ host, bypass }: RotationStep) =>
    (host === a || host === b) && own(bypass, a) !== undefined && own(bypass, b) !== undefined;
  return openBypasses(rotation).filter(joins);
}

/** Keys that a host shall have besides those in use. */
export function askedKeys(rotation: Rotation | undefined, host: string): readonly KeyObject[] {
  if (rotation === undefined) return [];
  const steps = stepsOf(rotation, host).filter(newKeyIsKept);
  const takesPart = rotation.active.some(
    ({ phase, asked, bypass }) => phase !== "close" && (asked?.includes(host) || own(bypass, host) !== undefined),
  );
  return [
    ...steps.map(({ plane, from, to }) => ({ plane, generations: [from, to.generation] })),
    ...(takesPart ? [{ plane: "pwx", generations: [rotation.number] } as const] : []),
  ];
}
