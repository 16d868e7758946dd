// Which upstream of nginx.conf a TLS identity's connections are kept in. nginx finds kept connections by address alone, so
// each identity (who it is, and whom it trusts) has an upstream of its own. Each worker keeps its own connections, and so gives out
// its own upstreams: nothing is agreed on, and nothing is reloaded.
//
// An upstream goes to another identity only when it can hold no connection of the last one any more: no request that
// used it is left, and it was idle for far longer than nginx keeps a connection.

export interface Slot {
  /** Of an upstream in nginx.conf. */
  readonly upstream: string;
  identity: string;
  /** Requests that have not ended. */
  active: number;
  /** When it was given out, or its last request ended. */
  lastMs: number;
}

export interface Slots {
  readonly all: Slot[];
  readonly most: number;
}

/** nginx keeps an idle connection for 4 s (tuning.ts). */
const lapsedMs = 60_000;

export function newSlots(most: number): Slots {
  return { all: [], most };
}

/** Its upstream keeps no connection, so that any identity may use it. */
export const noSlot: Slot = { upstream: "portway_tls_once", identity: "", active: 0, lastMs: 0 };

/** An identity's slot; one whose upstream keeps no connections when all are taken. `isUsed`: a service in force has the slot. */
export function slotOf(
  { all, most }: Slots,
  identity: string,
  nowMs: number,
  isUsed: (this: void, slot: Slot) => boolean,
): Slot {
  for (const slot of all) {
    if (slot.identity !== identity) continue;
    slot.lastMs = nowMs;
    return slot;
  }
  if (all.length < most) {
    const slot: Slot = { upstream: `portway_tls_${all.length}`, identity, active: 0, lastMs: nowMs };
    all.push(slot);
    return slot;
  }
  for (const slot of all) {
    if (slot.active > 0 || nowMs - slot.lastMs < lapsedMs || isUsed(slot)) continue;
    slot.identity = identity;
    slot.lastMs = nowMs;
    return slot;
  }
  return noSlot;
}

/** A request begins to use it. */
export function enterSlot(slot: Slot): void {
  slot.active++;
}

/** Such a request has ended. */
export function leaveSlot(slot: Slot, nowMs: number): void {
  slot.active--;
  slot.lastMs = nowMs;
}
