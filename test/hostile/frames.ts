// HTTP/2 by hand (RFC 9113), so that what no library would send can be sent: frames, and header blocks of plain literals.

export const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

export const types = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  window: 8,
  continuation: 9,
} as const;
export const endStream = 1;
export const endHeaders = 4;

/** One frame, a character a byte. */
export function frame(type: number, flags: number, stream: number, payload: string): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head.toString("latin1") + payload;
}

/** An HPACK integer (RFC 7541 section 5.1) behind a prefix of `bits` bits. */
export function integer(value: number, bits: number, first = 0): string {
  const most = 2 ** bits - 1;
  if (value < most) return String.fromCharCode(first | value);
  let text = String.fromCharCode(first | most);
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) text += String.fromCharCode((rest % 128) + 128);
  return text + String.fromCharCode(rest);
}

const text = (value: string) => integer(value.length, 7) + value;

export type Field = readonly [name: string, value: string];

/** Fields as literals that are not indexed (RFC 7541 section 6.2.2). */
export const block = (fields: readonly Field[]) =>
  fields.map(([name, value]) => `\0${text(name)}${text(value)}`).join("");

export const hello = preface + frame(types.settings, 0, 0, "");

export interface FrameSeen {
  readonly type: number;
  readonly stream: number;
  readonly flags: number;
  readonly payload: Buffer;
}

/** The whole frames in some bytes, and how many bytes they take. */
export function framesIn(bytes: Buffer): { readonly frames: FrameSeen[]; readonly taken: number } {
  const frames: FrameSeen[] = [];
  let at = 0;
  while (bytes.length - at >= 9) {
    const length = bytes.readUIntBE(at, 3);
    if (bytes.length - at < 9 + length) break;
    const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff;
    frames.push({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      stream,
      payload: bytes.subarray(at + 9, at + 9 + length),
    });
    at += 9 + length;
  }
  return { frames, taken: at };
}

/** The status at the start of a header block as nginx writes it: an index of the static table, or a literal of index 8. */
export function statusOf(payload: Buffer): number {
  const start = payload[0]! >> 5 === 1 ? 1 : 0; // a change of the table's size comes first
  const indexed: Readonly<Record<number, number>> = {
    136: 200,
    137: 204,
    138: 206,
    139: 304,
    140: 400,
    141: 404,
    142: 500,
  };
  return indexed[payload[start]!] ?? Number(payload.toString("latin1", start + 2, start + 5));
}
