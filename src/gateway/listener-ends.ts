// In the nginx of listeners: ends the connections to targets that are drained, when their time is over. Its stream module has
// no Lua, but its workers have their sockets, and each knows whom it leads to: nginx ends a connection whose target goes away.
// Workers that a reload has replaced do so too, until they have none left.
import type { ConnectionEnd } from "../wire/edge-state.ts";
import { isEndsPost } from "./snapshot/shapes.ts";

/** @noSelf */
interface Sockets {
  readonly portway_peer_of: (socket: number, address: CData, length: CData) => number;
  readonly portway_end: (socket: number, how: number) => number;
  readonly portway_parse: (family: number, text: string, address: CData) => number;
}

interface Bytes extends CData {
  [index: number]: number;
}

/** @noSelf */
interface SocketFfi {
  readonly C: Sockets;
  readonly cdef: (declarations: string) => void;
  readonly new: (type: string) => Bytes;
  readonly cast: (type: string, value: number | CData) => CData;
  readonly string: (bytes: CData, length: number) => string;
}

const ffi: SocketFfi = require("ffi");
ffi.cdef(`
  int portway_peer_of(int socket, void *address, unsigned int *length) __asm__("getpeername");
  int portway_end(int socket, int how) __asm__("shutdown");
  int portway_parse(int family, const char *text, void *address) __asm__("inet_pton");
`);
const cjson: CjsonSafe = require("cjson.safe");
const shared = ngx.shared.pw_ends;

const tickSeconds = 0.5;
const bothWays = 2;
const addressBytes = 128;
const peer = ffi.new(`unsigned char[${addressBytes}]`);
const length = ffi.new("unsigned int[1]");
const parsed = ffi.new("unsigned char[16]");
const peerAt = tonumber(ffi.cast("uintptr_t", peer))!;

/** struct sockaddr_in and sockaddr_in6: the port in two bytes, then the address. */
const ipv4 = { family: 2, addressAt: 4, bytes: 4 } as const;
const ipv6 = { family: 10, addressAt: 8, bytes: 16 } as const;
const portAt = 2;

const held: { version: number; ends: readonly { readonly peer: string; readonly endMs: number }[]; most: number } = {
  version: 0,
  ends: [],
  most: 0,
};

const peerBytes = (at: number, count: number) => ffi.string(ffi.cast("const char *", peerAt + at), count);

/** Port and address, as bytes; undefined: this socket leads nowhere, or to a process of this host. */
function peerOf(socket: number): string | undefined {
  length[0] = addressBytes;
  if (ffi.C.portway_peer_of(socket, peer, length) !== 0) return undefined;
  const kind = peer[0] === ipv4.family ? ipv4 : peer[0] === ipv6.family ? ipv6 : undefined;
  return kind && peerBytes(portAt, 2) + peerBytes(kind.addressAt, kind.bytes);
}

function peerAsBytes({ address, port }: ConnectionEnd): string {
  const kind = address.includes(":") ? ipv6 : ipv4;
  if (ffi.C.portway_parse(kind.family, address, parsed) !== 1) return "";
  return string.char(Math.floor(port / 256), port % 256) + ffi.string(parsed, kind.bytes);
}

/** POST /ends: takes the place of what was told before. */
export function receiveEnds(): void {
  ngx.req.read_body();
  const text = ngx.req.get_body_data() ?? "";
  const [post] = cjson.decode(text);
  ngx.header["Content-Type"] = "application/json";
  if (!isEndsPost(post)) {
    ngx.status = 422;
    ngx.print('{"error":"not the shape of a post"}');
    return;
  }
  if (shared.get("ends")[0] !== text) {
    shared.set("ends", text);
    shared.incr("version", 1, 0);
  }
  ngx.print("{}");
}

function followEnds(): void {
  const [version] = shared.get("version");
  if (version === undefined || version === held.version) return;
  const [post] = cjson.decode((shared.get("ends")[0] as string | undefined) ?? "");
  held.version = version as number;
  held.ends = isEndsPost(post) ? post.ends.map((end) => ({ peer: peerAsBytes(end), endMs: end.endMs })) : [];
}

function endOverdue(): void {
  followEnds();
  const nowMs = ngx.now() * 1000;
  const overdue: Record<string, true | undefined> = {};
  let isAny = false;
  for (const end of held.ends) {
    if (end.endMs > nowMs) continue;
    overdue[end.peer] = true;
    isAny = true;
  }
  if (!isAny) return;
  for (let socket = 0; socket < held.most; socket++) {
    const leadsTo = peerOf(socket);
    if (leadsTo !== undefined && overdue[leadsTo] === true) ffi.C.portway_end(socket, bothWays);
  }
}

function hasConnections(): boolean {
  for (let socket = 0; socket < held.most; socket++) if (peerOf(socket) !== undefined) return true;
  return false;
}

/** Timers end when a worker is told to; this last call goes on until no connection is left. */
function tick(premature: boolean): void {
  endOverdue();
  if (!premature) return;
  while (hasConnections()) {
    ngx.sleep(tickSeconds);
    endOverdue();
  }
}

/** init_worker_by_lua; `mostSockets` that a worker has. */
export function startEnding(mostSockets: number): void {
  held.most = mostSockets;
  ngx.timer.every(tickSeconds, tick);
}
