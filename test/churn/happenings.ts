// What may happen on a day, and how often beside the rest. Drawn from a seed.
import type { Control } from "../../src/control/control.ts";
import { endDrain, startDrains } from "../../src/control/drains.ts";
import { confirmRemovals, removeHost } from "../../src/control/hosts.ts";
import { abortRotation, orderRotation } from "../../src/control/rotation-orders.ts";
import type { Machine } from "./machine.ts";
import type { Random } from "./random.ts";
import { isMember } from "./unsettled.ts";

/** Whom it happens to, and by whom. */
export interface Stage {
  readonly names: readonly string[];
  readonly machines: ReadonlyMap<string, Machine>;
  /** Undefined while it is down. */
  readonly control: () => Control | undefined;
  /** A command of a person. */
  readonly attempt: (work: (running: Control) => Promise<unknown>) => Promise<void>;
  readonly later: (least: number, most: number, work: () => void) => void;
  readonly join: (name: string) => Promise<void>;
  readonly connect: (machine: Machine) => void;
  readonly mend: (machine: Machine) => void;
  readonly start: (machine: Machine) => void;
  readonly restartControl: () => Promise<void>;
  readonly changeFile: () => Promise<void>;
}

/** Draws what happens next. */
export function happenings(
  random: Random,
  { names, machines, control, attempt, later, join, connect, mend, start, restartControl, changeFile }: Stage,
): () => { readonly name: string; readonly happen: () => Promise<unknown> } {
  const any = (wanted: (machine: Machine) => boolean = () => true) => {
    const fitting = [...machines.values()].filter(wanted);
    return fitting.length === 0 ? undefined : random.one(fitting);
  };
  const on = (wanted: (machine: Machine) => boolean, work: (machine: Machine) => unknown) => async () => {
    const machine = any(wanted);
    if (machine) await work(machine);
  };
  const isKnown = (machine: Machine) => isMember(control(), machine);

  /** What can happen, and how often beside the others. */
  const all: Readonly<Record<string, readonly [weight: number, happen: () => Promise<unknown>]>> = {
    join: [
      10,
      async () => {
        const away = names.filter((name) => !control()?.facts().hosts.get(name)?.membership);
        if (away.length > 0) await join(random.one(away));
      },
    ],
    leave: [
      3,
      on(isKnown, (machine) => attempt((running) => removeHost(running, "churn", machine.name, "host.leave"))),
    ],
    roam: [
      20,
      on(
        ({ wire }) => wire?.isOpen() === true,
        (machine) => {
          machine.wire!.close();
          later(10, 2_000, () => connect(machine));
        },
      ),
    ],
    apply: [12, changeFile],
    cut: [
      8,
      on(
        ({ isCut }) => !isCut,
        (machine) => {
          machine.isCut = true;
          machine.wire?.close();
          if (random.chance(0.8)) later(1_000, 120_000, () => mend(machine));
        },
      ),
    ],
    mend: [4, on(({ isCut }) => isCut, mend)],
    crash: [
      8,
      on(
        ({ isUp }) => isUp,
        (machine) => {
          machine.isUp = false;
          machine.wire?.close();
          if (random.chance(0.3)) machine.reboot();
          if (random.chance(0.8)) later(1_000, 120_000, () => start(machine));
        },
      ),
    ],
    start: [4, on(({ isUp }) => !isUp, start)],
    damage: [
      5,
      on(
        ({ isUp }) => isUp,
        (machine) => machine.damage(),
      ),
    ],
    rotate: [2, on(isKnown, ({ name }) => attempt((running) => orderRotation(running, "churn", [{ host: name }])))],
    abort: [0.2, () => attempt((running) => abortRotation(running, "churn"))],
    drain: [
      2,
      on(isKnown, ({ name }) => attempt((running) => startDrains(running, "churn", { names: [name], forMs: 60_000 }))),
    ],
    undrain: [2, on(isKnown, ({ name }) => attempt((running) => endDrain(running, "churn", name)))],
    confirm: [
      3,
      on(
        (machine) => machine.isHeld(),
        ({ name }) => attempt((running) => confirmRemovals(running, "churn", name)),
      ),
    ],
    restart: [0.3, restartControl],
  };
  const total = Object.values(all).reduce((sum, [weight]) => sum + weight, 0);

  return () => {
    let drawn = random.next() * total;
    const [name, [, happen]] = Object.entries(all).find(([, [weight]]) => {
      drawn -= weight;
      return drawn < 0;
    })!;
    return { name, happen };
  };
}
