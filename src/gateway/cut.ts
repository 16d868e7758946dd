// Ends the connection of one request to its target from outside the request: nginx then ends the request as it does when a
// target goes away. nginx has no call for that, so its structures are followed to the socket (their heads are the same in
// every nginx since 1.9), and nothing is done unless the socket's other end is the target that the request went to.
import type { RequestRecord } from "./record.ts";
import type { Target } from "./world.ts";

interface Words extends CData {
  readonly [index: number]: number;
}

interface Bytes extends CData {
  [index: number]: number;
}

/** @noSelf */
interface SocketLibrary {
  readonly portway_getpeername: (socket: number, address: CData, length: CData) => number;
  readonly portway_shutdown: (socket: number, how: number) => number;
  readonly portway_inet_pton: (family: number, text: string, address: CData) => number;
}

/** @noSelf */
interface CastingFfi {
  readonly C: SocketLibrary;
  readonly cdef: (declarations: string) => void;
  readonly new: (type: string) => CData;
  readonly cast: (type: string, value: number) => Words;
}

const ffi: CastingFfi = require("ffi");
ffi.cdef(`
  int portway_getpeername(int socket, void *address, unsigned int *length) __asm__("getpeername");
  int portway_shutdown(int socket, int how) __asm__("shutdown");
  int portway_inet_pton(int family, const char *text, void *address) __asm__("inet_pton");
`);
const peer = ffi.new("unsigned char[128]") as Bytes;
const wanted = ffi.new("unsigned char[16]") as Bytes;
const length = ffi.new("unsigned int[1]") as Bytes;

/** First four bytes of every request: the letters HTTP. */
const signature = 0x50545448;
/** Places of pointers, counted in pointers: ngx_http_request_t, its upstream's ngx_peer_connection_t, ngx_connection_t. */
const connectionOfRequest = 1;
const upstreamOfRequest = 9;
const connectionOfUpstream = 2;
const socketOfConnection = 3;
const reading = 0;
const bothWays = 2;

function pointerAt(address: number, index: number): number {
  return address === 0 ? 0 : tonumber(ffi.cast("uintptr_t *", address)[index])!;
}

/** Whether there is a request of nginx at this address. */
export function isRequest(address: number): boolean {
  return ffi.cast("uint32_t *", address)[0] === signature;
}

/** The socket of a live request's present try; undefined when there is none. */
function targetSocket(request: number): number | undefined {
  if (!isRequest(request)) return undefined;
  const connection = pointerAt(pointerAt(request, upstreamOfRequest), connectionOfUpstream);
  if (connection === 0) return undefined;
  return ffi.cast("int *", connection + 8 * socketOfConnection)[0];
}

const ipv4 = { family: 2, start: 4, bytes: 4 } as const;
const ipv6 = { family: 10, start: 8, bytes: 16 } as const;

function isAt(socket: number, target: Target): boolean {
  length[0] = 128;
  if (ffi.C.portway_getpeername(socket, peer, length) !== 0) return false;
  const isLong = target.address.startsWith("[");
  const text = isLong ? target.address.substring(1, target.address.length - 1) : target.address;
  const { family, start, bytes } = isLong ? ipv6 : ipv4;
  if (ffi.C.portway_inet_pton(family, text, wanted) !== 1 || peer[0] !== family) return false;
  if (peer[2]! * 256 + peer[3]! !== target.port) return false;
  for (let i = 0; i < bytes; i++) if (peer[start + i] !== wanted[i]) return false;
  return true;
}

/** Ends the connection of the request (a key of record.ts that is in use) to its target; false when it has none. */
export function cutTarget(request: number, record: RequestRecord): boolean {
  const target = record.target;
  if (target === undefined) return false;
  const socket = targetSocket(request);
  if (socket === undefined || !isAt(socket, target)) return false;
  return ffi.C.portway_shutdown(socket, bothWays) === 0;
}

/** What the client still sends is not read any more: nginx ends the request as it does when a client goes. Not for HTTP/2, where others share the socket. */
export function stopReading(request: number): void {
  const connection = pointerAt(request, connectionOfRequest);
  if (connection !== 0) ffi.C.portway_shutdown(ffi.cast("int *", connection + 8 * socketOfConnection)[0]!, reading);
}
