// The one file of `portway tune network`: kernel settings that a machine has from then on, each with why, and what it was.
import type { Knob } from "./knobs.ts";

export const ownedPath = "/etc/sysctl.d/60-portway-network.conf";

/** A setting as the file holds it. */
export interface Owned {
  /** `net.core.rmem_default` */
  readonly name: string;
  readonly value: string;
  /** What to go back to. */
  readonly was: string;
}

const head = "# Written by `portway tune network --apply`; `portway tune network --revert` takes it away.";

export function ownedText(knobs: readonly (Owned & Pick<Knob, "why">)[]): string {
  const blocks = knobs.map(({ name, value, was, why }) => `# ${why}\n# was ${was}\n${name} = ${value}\n`);
  return [head, ...blocks].join("\n");
}

/** What the file says; lines that it cannot have written are left alone. */
export function parseOwned(text: string): readonly Owned[] {
  return [...text.matchAll(/^# was (\d+)\n([a-z0-9_.]+) = (\d+)$/gm)].map(([, was, name, value]) => {
    return { name: name!, value: value!, was: was! };
  });
}

/** Where the kernel has a setting. */
export const pathOf = (name: string): string => `/proc/sys/${name.replaceAll(".", "/")}`;
