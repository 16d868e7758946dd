// Ends the connection of one request to its target from outside the request: nginx then ends the request as it does when a
// target goes away. nginx has no call for that, so its structures are followed to the socket (their heads are the same in
// every nginx since 1.9), and nothing is done unless the socket's other end is the target that the request went to. What it waits
// for from its client is ended by nginx's own timer for that, which over HTTP/2 is the one of the request's stream.
import type { RequestRecord } from "./record.ts";
import { asPeer, endSocket, peerOf } from "./sockets.ts";
import type { Target } from "./world.ts";

interface Words extends CData {
  readonly [index: number]: number;
}

/** @noSelf */
interface TimerLibrary {
  readonly ngx_event_timer_rbtree: CData;
  readonly ngx_rbtree_delete: (tree: CData, node: CData) => void;
  readonly ngx_rbtree_insert: (tree: CData, node: CData) => void;
}

/** @noSelf */
interface CastingFfi {
  readonly C: TimerLibrary;
  readonly cast: (type: string, value: number) => Words;
  readonly cdef: (declarations: string) => void;
}

const ffi: CastingFfi = require("ffi");
ffi.cdef(`
  extern char ngx_event_timer_rbtree[24];
  void ngx_rbtree_delete(void *tree, void *node);
  void ngx_rbtree_insert(void *tree, void *node);
`);

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
  return endSocket(socket);
}

/** Places as above, of what nginx reads in ngx_connection_t; and in its ngx_event_t of its connection and of its timer. */
const eventOfReading = 1;
const connectionOfEvent = 0;
const timerOfEvent = 5;
/** In the second word of an ngx_event_t. */
const hasTimer = 2 ** 11;

/**
 * nginx's time for what it waits for from the client is over now: it ends the request (`isRequest`), and over HTTP/2 its
 * stream alone. False: it waits for nothing.
 */
export function endWait(request: number, nowMs: number): boolean {
  const connection = pointerAt(request, connectionOfRequest);
  const event = pointerAt(connection, eventOfReading);
  if (event === 0 || pointerAt(event, connectionOfEvent) !== connection) return false;
  if ((ffi.cast("uint32_t *", event)[2]! & hasTimer) === 0) return false;
  const timer = ffi.cast("uintptr_t *", event + 8 * timerOfEvent) as Words & { 0: number };
  ffi.C.ngx_rbtree_delete(ffi.C.ngx_event_timer_rbtree, timer);
  timer[0] = nowMs;
  ffi.C.ngx_rbtree_insert(ffi.C.ngx_event_timer_rbtree, timer);
  return true;
}

/** Ends a request (a key of record.ts that is in use) by its target's connection or, while its body is still coming, by that. */
export function endRequest(request: number, record: RequestRecord, nowMs: number): void {
  if (cutTarget(request, record) || record.tries > 0 || !isRequest(request)) return;
  endWait(request, nowMs);
}
