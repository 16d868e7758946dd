// Whether control, what hosts were told and what their kernels hold agree with what compile says.
import type { Authority } from "../../src/control/authority.ts";
import type { Control } from "../../src/control/control.ts";
import { knownTo } from "../../src/control/desired.ts";
import { compile } from "../../src/plan/compile.ts";
import { createMachine, type Machine } from "./machine.ts";

/** Whether control knows this very machine, not another of its name. */
export const isMember = (control: Control | undefined, { name, identity }: Machine) =>
  control?.facts().hosts.get(name)?.membership?.identity === identity;

/** What is not as it should be yet, in words. */
export function unsettled(
  control: Control,
  machines: ReadonlyMap<string, Machine>,
  authority: Authority,
): string | undefined {
  const facts = control.facts();
  if (control.compiledRevision() !== facts.revision) return "control has not compiled the last change";
  if (facts.rotation && facts.rotation.endedAtMs === undefined) return "a rotation goes on";
  const compiled = compile(control.specInForce(facts)!, knownTo(facts, authority));
  for (const [name, { membership }] of facts.hosts) {
    if (membership && !isMember(control, machines.get(name) ?? createMachine(name, "")))
      return `${name} is a member without a machine`;
  }
  for (const machine of machines.values()) {
    const { name } = machine;
    if (!isMember(control, machine)) return `${name} does not know that it is no member`;
    const wanted = compiled.hosts[name]?.mesh ?? {};
    if (!isSameSet(machine.objects.state().objects, wanted)) return `${name} was not told what compile says`;
    if (!isSameSet(machine.inForce(), wanted)) return `${name} does not follow what it was told`;
    if (machine.drift() > 0) return `${name}'s kernel is not what it should be`;
  }
  return undefined;
}

function isSameSet(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
