// A worker's sockets by their numbers: whom one leads to, and its end. nginx has no call for either; libc does.

/** @noSelf */
interface SocketLibrary {
  readonly portway_getpeername: (socket: number, address: CData, length: CData) => number;
  readonly portway_getsockname: (socket: number, address: CData, length: CData) => number;
  readonly portway_shutdown: (socket: number, how: number) => number;
  readonly portway_inet_pton: (family: number, text: string, address: CData) => number;
}

interface Bytes extends CData {
  [index: number]: number;
}

/** @noSelf */
interface SocketFfi {
  readonly C: SocketLibrary;
  readonly cdef: (declarations: string) => void;
  readonly new: (type: string) => Bytes;
  readonly cast: (type: string, value: number | CData) => CData;
  readonly string: (bytes: CData, length: number) => string;
}

const ffi: SocketFfi = require("ffi");
ffi.cdef(`
  int portway_getpeername(int socket, void *address, unsigned int *length) __asm__("getpeername");
  int portway_getsockname(int socket, void *address, unsigned int *length) __asm__("getsockname");
  int portway_shutdown(int socket, int how) __asm__("shutdown");
  int portway_inet_pton(int family, const char *text, void *address) __asm__("inet_pton");
`);

/** As shutdown(2) has it. */
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

const peerBytes = (at: number, count: number) => ffi.string(ffi.cast("const char *", peerAt + at), count);

/** Port and address of a socket's other end, as bytes; undefined: it leads nowhere, or to a process of this host. */
export function peerOf(socket: number): string | undefined {
  length[0] = addressBytes;
  if (ffi.C.portway_getpeername(socket, peer, length) !== 0) return undefined;
  const kind = peer[0] === ipv4.family ? ipv4 : peer[0] === ipv6.family ? ipv6 : undefined;
  return kind && peerBytes(portAt, 2) + peerBytes(kind.addressAt, kind.bytes);
}

/** The port that a connected socket has on this host; undefined: it is no socket of TCP. */
export function portOf(socket: number): number | undefined {
  length[0] = addressBytes;
  if (ffi.C.portway_getsockname(socket, peer, length) !== 0) return undefined;
  if (peer[0] !== ipv4.family && peer[0] !== ipv6.family) return undefined;
  return peer[portAt]! * 256 + peer[portAt + 1]!;
}

/** An address (IPv6 without brackets) and port, as `peerOf` tells them; undefined: it is none. */
export function asPeer(address: string, port: number): string | undefined {
  const kind = address.includes(":") ? ipv6 : ipv4;
  if (ffi.C.portway_inet_pton(kind.family, address, parsed) !== 1) return undefined;
  return string.char(Math.floor(port / 256), port % 256) + ffi.string(parsed, kind.bytes);
}

/** Ends it in both directions; false where there is nothing to end. */
export const endSocket = (socket: number): boolean => ffi.C.portway_shutdown(socket, bothWays) === 0;
