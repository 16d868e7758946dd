// What compile gives: for every host the objects of its mesh state and, on an edge, of its edge state.
import type { Objects } from "../wire/objects.ts";
import type { Warning } from "../wire/warnings.ts";

export interface Compiled {
  /** Addresses of every host of the file or the registry; new ones are given here and kept by apply or join. */
  readonly addresses: Readonly<Record<string, { readonly ipv4: string; readonly ipv6: string }>>;
  /** By host name, joined hosts only. */
  readonly hosts: Readonly<Record<string, { readonly mesh: Objects; readonly edge: Objects | null }>>;
  readonly warnings: readonly Warning[];
}
