// Ends the connection of one request to its target from outside the request: nginx then ends the request as it does when a
// target goes away. nginx has no call for that, so its structures are followed to the socket (their heads are the same in
// every nginx since 1.9), and nothing is done unless the socket's other end is the target that the request went to.
import type { RequestRecord } from "./record.ts";
import { asPeer, bothWays, endSocket, peerOf, reading } from "./sockets.ts";
import type { Target } from "./world.ts";

interface Words extends CData {
  readonly [index: number]: number;
}

/** @noSelf */
interface CastingFfi {
  readonly cast: (type: string, value: number) => Words;
}

const ffi: CastingFfi = require("ffi");

/** First four bytes of every request: the letters HTTP. */
const signature = 0x50545448;
/** Places of pointers, counted in pointers: ngx_http_request_t, its upstream's ngx_peer_connection_t, ngx_connection_t. */
const connectionOfRequest = 1;
const upstreamOfRequest = 9;
const connectionOfUpstream = 2;
const socketOfConnection = 3;

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

function isAt(socket: number, { address, port }: Target): boolean {
  const plain = address.startsWith("[") ? address.substring(1, address.length - 1) : address;
  const wanted = asPeer(plain, port);
  return wanted !== undefined && peerOf(socket) === wanted;
}

/** Ends the connection of the request (a key of record.ts that is in use) to its target; false when it has none. */
export function cutTarget(request: number, record: RequestRecord): boolean {
  const target = record.target;
  if (target === undefined) return false;
  const socket = targetSocket(request);
  if (socket === undefined || !isAt(socket, target)) return false;
  return endSocket(socket, bothWays);
}

/** What the client still sends is not read any more: nginx ends the request as it does when a client goes. Not for HTTP/2, where others share the socket. */
export function stopReading(request: number): void {
  const connection = pointerAt(request, connectionOfRequest);
  if (connection !== 0) endSocket(ffi.cast("int *", connection + 8 * socketOfConnection)[0]!, reading);
}
