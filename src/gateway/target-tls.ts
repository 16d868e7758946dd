// TLS to targets: what nginx's upstream connections of a request take from variables.
import type { TargetTlsObject } from "../wire/edge-service.ts";
import { current } from "./current.ts";
import type { RequestRecord } from "./record.ts";
import { currentRequest, nowMs, setVariable } from "./request.ts";
import type { Slot, Slots } from "./target-slots.ts";
import { enterSlot, newSlots, noSlot, slotOf } from "./target-slots.ts";

export interface TargetTls {
  readonly identity: string;
  readonly slot: Slot;
  readonly trust: string;
  readonly name: string;
  /** As nginx takes them: `data:` and PEM; empty: none. */
  readonly certificate: string;
  readonly key: string;
}

/** Set once, before workers are forked. */
const held: { slots: Slots } = { slots: newSlots(0) };

/** So many upstreams has nginx.conf for it. */
export function startTargetTls(slots: number): void {
  held.slots = newSlots(slots);
}

function isInForce(slot: Slot): boolean {
  for (const key in current.world.services) if (current.world.services[key]!.tls?.slot === slot) return true;
  return false;
}

/** What connections of an object's service are made with. HTTP/2 and HTTP/1.1 never share one. */
export function targetTlsOf(object: TargetTlsObject, protocol: "http" | "grpc"): TargetTls {
  const { name, trust, certificatePem = "", keyPem = "" } = object;
  const identity = `${protocol}\n${trust}\n${name}\n${certificatePem}\n${keyPem}`;
  return {
    identity,
    slot: slotOf(held.slots, identity, nowMs(), isInForce),
    trust,
    name,
    certificate: certificatePem === "" ? "" : `data:${certificatePem}`,
    key: keyPem === "" ? "" : `data:${keyPem}`,
  };
}

/** The last step of a route to such a service. */
export function useTargetTls(record: RequestRecord, tls: TargetTls): number {
  const pointer = currentRequest();
  // The world may have moved on while the request waited, and the upstream be another's.
  const slot = tls.slot.identity === tls.identity ? tls.slot : noSlot;
  setVariable(pointer, "portway_tls_upstream", slot.upstream);
  setVariable(pointer, "portway_tls_name", tls.name);
  setVariable(pointer, "portway_tls_certificate", tls.certificate);
  setVariable(pointer, "portway_tls_key", tls.key);
  enterSlot(slot);
  record.slot = slot;
  return 0;
}
