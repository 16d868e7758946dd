// Asks whether packets of a size arrive, by the probes' sockets: the question is as large as the packet in question, the answer
// is small, so that each end measures its own direction alone.
//
//   0     4         5      6        8          12       20
//   PWPS  version   kind   zero     size       nonce    zero, up to the size
import type { Buffer } from "node:buffer";

export interface SizeProbe {
  readonly kind: "ask" | "answer";
  /** Of the question as an IPv6 packet, bytes. */
  readonly size: number;
  readonly nonce: bigint;
}

const headerBytes = 20;
/** IPv6 and UDP. */
const packetHeaderBytes = 48;
const magic = 0x50575053; // "PWPS"
const version = 1;
const kinds = ["ask", "answer"] as const;

export function encodeSizeProbe({ kind, size, nonce }: SizeProbe): Uint8Array {
  const bytes = new Uint8Array(kind === "ask" ? Math.max(headerBytes, size - packetHeaderBytes) : headerBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  view.setUint8(4, version);
  view.setUint8(5, kinds.indexOf(kind));
  view.setUint32(8, size);
  view.setBigUint64(12, nonce);
  return bytes;
}

/** Undefined for anything that is not a whole one. */
export function decodeSizeProbe(bytes: Buffer | Uint8Array): SizeProbe | undefined {
  if (bytes.byteLength < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kind = kinds[view.getUint8(5)];
  if (view.getUint32(0) !== magic || view.getUint8(4) !== version || kind === undefined) return undefined;
  const size = view.getUint32(8);
  if (kind === "ask" && bytes.byteLength !== Math.max(headerBytes, size - packetHeaderBytes)) return undefined;
  return { kind, size, nonce: view.getBigUint64(12) };
}
