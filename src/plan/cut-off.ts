// Rules that would cut hosts off from control: where control is reached inside the network alone, they decide on it.
import { parseAddress } from "../net/address.ts";
import { parsePrefix, prefixContains } from "../net/prefix.ts";
import type { Warning } from "../wire/warnings.ts";
import { can } from "./allows.ts";
import type { Side } from "./changes.ts";

/** One address at which hosts reach control. */
export interface ControlDoor {
  readonly address: string;
  readonly port: number;
}

/** Whether the change cuts off hosts that reach control now; `doors` empty: where control is, is not known. */
export function cutOffRisk(before: Side | undefined, after: Side, doors: readonly ControlDoor[]): Warning[] {
  if (before === undefined || doors.length === 0) return [];
  const names = Object.keys(before.compiled.hosts).filter((name) => Object.hasOwn(after.compiled.hosts, name));
  const cut = names.filter((name) => reaches(name, before, doors) && !reaches(name, after, doors)).sort();
  if (cut.length === 0) return [];
  const who =
    cut.length > mostNamed
      ? `${cut.slice(0, mostNamed).join(", ")} and ${cut.length - mostNamed} more`
      : cut.join(", ");
  const { address, port } = doors[0]!;
  return [
    {
      code: controlCutOff,
      severity: "critical",
      text: `${cut.length} of ${names.length} hosts would reach control no more: ${who}`,
      hint: `let them open tcp/${port} to ${address}; or \`portway apply --force\`, which is undone after 60 s unless confirmed`,
    },
  ];
}

/** The code of that risk: apply asks for more than a yes. */
export const controlCutOff = "controlCutOff";

const mostNamed = 5;

function reaches(from: string, { spec, survey, compiled }: Side, doors: readonly ControlDoor[]): boolean {
  const ranges = [spec.network.ipv4, spec.network.ipv6].flatMap((text) => parsePrefix(text) ?? []);
  return doors.some(({ address, port }) => {
    const parsed = parseAddress(address);
    // What is outside of the network is reached or not whatever its rules say.
    if (parsed === undefined || !ranges.some((range) => prefixContains(range, parsed))) return true;
    const owner = survey.topology.members.find(({ ipv4, ipv6 }) => ipv4 === address || ipv6 === address);
    return owner !== undefined && can(compiled, { from, to: owner.name, protocol: "tcp", port });
  });
}
