// Which store a URL means. A new kind of store is a file that passes conformance.ts and a line here.
import type { Clock } from "../lib/clock.ts";
import { openSqlite, openSqliteReader } from "./sqlite.ts";
import type { Registry, RegistryReader } from "./store.ts";

/** What the registry needs of its surroundings; the clock is the wall clock of leases and ages. */
export interface OpenOptions {
  readonly clock: Pick<Clock, "now">;
}

/** Opens the store of a control: `sqlite:/path/registry.db`, or `sqlite::memory:`. Rejects with `locked` if another control has it. */
export async function openRegistry(url: string, { clock }: OpenOptions): Promise<Registry> {
  return openSqlite(sqlitePath(url), clock);
}

/** Opens the same store only to read, whether or not a control uses it. */
export async function openRegistryReader(url: string): Promise<RegistryReader> {
  return openSqliteReader(sqlitePath(url));
}

function sqlitePath(url: string): string {
  const path = /^sqlite:(.+)$/s.exec(url)?.[1];
  if (!path) throw new TypeError(`not a registry that Portway knows: "${url}" (sqlite:/path/registry.db is)`);
  return path;
}
