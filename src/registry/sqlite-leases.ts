// Leases in SQL. Every function expects a transaction around it. A row stays after its lease ends: its number must grow.
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "./errors.ts";
import type { Lease, LeaseResult } from "./store.ts";

export interface Leases {
  readonly acquire: (name: string, holder: string, ttlMs: number, nowMs: number) => LeaseResult;
  /** Throws `fenced` unless this is the lease in force. */
  readonly demand: (lease: Lease, nowMs: number) => void;
  readonly renew: (lease: Lease, nowMs: number) => void;
  readonly release: (lease: Lease) => void;
}

interface Row {
  readonly fencing: number;
  readonly holder: string | null;
  readonly renewed_ms: number;
  readonly ttl_ms: number;
}

/** The leases of a database with our schema. */
export function leasesIn(db: DatabaseSync): Leases {
  const select = db.prepare("SELECT fencing, holder, renewed_ms, ttl_ms FROM leases WHERE name = ?");
  const upsert = db.prepare(
    `INSERT INTO leases (name, fencing, holder, renewed_ms, ttl_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET fencing = excluded.fencing, holder = excluded.holder,
       renewed_ms = excluded.renewed_ms, ttl_ms = excluded.ttl_ms`,
  );
  const updateRenewed = db.prepare("UPDATE leases SET renewed_ms = ? WHERE name = ?");
  const clearHolder = db.prepare("UPDATE leases SET holder = NULL WHERE name = ? AND fencing = ?");
  const find = (name: string) => select.get(name) as Row | undefined;

  function demand(lease: Lease, nowMs: number): void {
    const row = find(lease.name);
    const what = `the lease "${lease.name}" number ${lease.fencing}`;
    if (row?.fencing !== lease.fencing)
      throw new StoreError("fenced", `${what} was lost: it is at number ${row?.fencing ?? 0}`);
    if (remainingMs(row, nowMs) <= 0) throw new StoreError("fenced", `${what} has run out`);
  }

  return {
    demand,
    acquire(name, holder, ttlMs, nowMs) {
      const row = find(name);
      const remaining = row ? remainingMs(row, nowMs) : 0;
      if (row?.holder && row.holder !== holder && remaining > 0) {
        return { ok: false, holder: row.holder, remainingMs: remaining };
      }
      const fencing = (row?.fencing ?? 0) + 1;
      upsert.run(name, fencing, holder, Math.trunc(nowMs), Math.trunc(ttlMs));
      return { ok: true, lease: { name, fencing } };
    },
    renew(lease, nowMs) {
      demand(lease, nowMs);
      updateRenewed.run(Math.trunc(nowMs), lease.name);
    },
    release(lease) {
      clearHolder.run(lease.name, lease.fencing);
    },
  };
}

/** A clock that was set back by more than a lease's time ends it too: else it would hold until the clock is there again. */
function remainingMs(row: Row, nowMs: number): number {
  return row.holder === null ? 0 : row.ttl_ms - Math.abs(nowMs - row.renewed_ms);
}
