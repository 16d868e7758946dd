// The server's half of a WebSocket (RFC 6455) that echoes: enough to prove that an upgrade passes through.
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const close = 0x8;
const ping = 0x9;
const pong = 0xa;

export interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Completes the handshake and echoes each frame until the other end closes. */
export function acceptWebSocket(request: IncomingMessage, socket: Duplex): void {
  const key = request.headers["sec-websocket-key"];
  if (key === undefined) return void socket.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const head = ["HTTP/1.1 101 Switching Protocols", "upgrade: websocket", "connection: Upgrade"];
  socket.write(`${[...head, `sec-websocket-accept: ${accept}`].join("\r\n")}\r\n\r\n`);
  let pending: Buffer = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let read = readFrame(pending); read !== undefined; read = readFrame(pending)) {
      pending = pending.subarray(read.bytes);
      if (read.frame.opcode === pong) continue;
      socket.write(writeFrame({ ...read.frame, opcode: read.frame.opcode === ping ? pong : read.frame.opcode }));
      if (read.frame.opcode === close) return void socket.end();
    }
  });
}

/** The first frame of what a client sent (masked) and its length; undefined while it is not whole. */
function readFrame(data: Buffer): { readonly frame: Frame; readonly bytes: number } | undefined {
  if (data.length < 6) return undefined;
  const short = data[1]! & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + extra + 4;
  if (data.length < start) return undefined;
  const length = extra === 2 ? data.readUInt16BE(2) : extra === 8 ? Number(data.readBigUInt64BE(2)) : short;
  if (data.length < start + length) return undefined;
  const mask = data.subarray(start - 4, start);
  const payload = Buffer.from(data.subarray(start, start + length).map((byte, at) => byte ^ mask[at % 4]!));
  return { frame: { final: (data[0]! & 0x80) !== 0, opcode: data[0]! & 0x0f, payload }, bytes: start + length };
}

/** A frame as a server sends it (unmasked). */
function writeFrame({ final, opcode, payload }: Frame): Buffer {
  const first = (final ? 0x80 : 0) | opcode;
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
