// A probe on the wire: 24 bytes of UDP between two probe addresses of one plane. The answer is the question with another
// kind, so that the prober alone decides what it means.
//
//   0     4         5      6      7      8          12       20          24
//   PWPB  version   kind   busy   zero   sequence   nonce    zero
import type { Buffer } from "node:buffer";

export interface Probe {
  readonly kind: "ask" | "answer";
  /** Counts the questions on one path. */
  readonly sequence: number;
  /** The prober's own for one path and run, 64 bits: what does not know it is not an answer. */
  readonly nonce: bigint;
  /** The one who asks has packets for the other, whose answers may be on another path: it had better look at that one. */
  readonly busy?: boolean;
}

export const probeBytes = 24;
const magic = 0x50575042; // "PWPB"
const version = 1;
const kinds = ["ask", "answer"] as const;

export function encodeProbe({ kind, sequence, nonce, busy = false }: Probe): Uint8Array {
  const bytes = new Uint8Array(probeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  view.setUint8(4, version);
  view.setUint8(5, kinds.indexOf(kind));
  view.setUint8(6, Number(busy));
  view.setUint32(8, sequence);
  view.setBigUint64(12, nonce);
  return bytes;
}

/** Undefined for anything that is not a whole probe. */
export function decodeProbe(bytes: Buffer | Uint8Array): Probe | undefined {
  if (bytes.byteLength !== probeBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = kinds[view.getUint8(5)];
  if (view.getUint32(0) !== magic || view.getUint8(4) !== version || kind === undefined) return undefined;
  const busy = view.getUint8(6) === 1;
  return { kind, sequence: view.getUint32(8), nonce: view.getBigUint64(12), ...(busy && { busy }) };
}
