// The file's tests of its access rules, by what the file says of hosts.
import { failedTests } from "../access-tests.ts";
import type { Finding } from "../issue.ts";
import type { Spec } from "../types.ts";

export function checkTests(spec: Spec): Finding[] {
  const { hosts } = spec;
  return failedTests(spec, (name) => (Object.hasOwn(hosts, name) ? { name, ...hosts[name]! } : undefined));
}
