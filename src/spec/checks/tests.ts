// The file's tests of its access rules, by what the file says of hosts.
import { parsePrefix, parsePrefixOrAddress, prefixCovers } from "../../net/prefix.ts";
import { failedTests } from "../access-tests.ts";
import { errorAt, type Finding } from "../issue.ts";
import type { AccessTest, Spec } from "../types.ts";

export function checkTests(spec: Spec): Finding[] {
  const { hosts } = spec;
  return [...spec.tests.flatMap((test, index) => inOverlay(test, index, spec)), ...failedHere(spec, hosts)];
}

/** Such addresses are given to hosts as they join. */
function inOverlay({ to }: AccessTest, index: number, { network }: Spec): Finding[] {
  const address = parsePrefixOrAddress(to);
  const range = [network.ipv4, network.ipv6].find((text) => address && prefixCovers(parsePrefix(text)!, address));
  if (range === undefined) return [];
  const message = `${to} lies in the network's own range ${range}`;
  return [errorAt(["tests", index, "to"], "overlappingRanges", message, "name the host that has it")];
}

function failedHere(spec: Spec, hosts: Spec["hosts"]): Finding[] {
  return failedTests(spec, (name) => (Object.hasOwn(hosts, name) ? { name, ...hosts[name]! } : undefined));
}
