// Bytes of a request. What the client was sent is `$bytes_sent`, without the price of a variable (700 instructions). nginx keeps them in the
// connection; where they are there is proven on the first requests of each worker, and otherwise the variable is read.
import type { Pointer } from "./request.ts";
import { identity, variable } from "./request.ts";

interface Words extends CData {
  readonly [index: number]: number;
}

/** @noSelf */
interface CastingFfi {
  readonly cast: (type: string, value: number) => Words;
}

const ffi: CastingFfi = require("ffi");

/** Places, counted in words of 8 bytes: of the connection in ngx_http_request_t, of `sent` in ngx_connection_t. */
const connectionOfRequest = 1;
const sentOfConnection = 9;
const proofs = 3;

const proven = { left: proofs, isWrong: false };

function read(pointer: Pointer): number {
  const connection = tonumber(ffi.cast("uintptr_t *", identity(pointer))[connectionOfRequest])!;
  const sent = tonumber(ffi.cast("int64_t *", connection)[sentOfConnection])!;
  return sent;
}

function prove(pointer: Pointer): number {
  const told = tonumber(variable(pointer, "bytes_sent")) ?? 0;
  if (proven.left > 0 && told > 0) {
    proven.left--;
    if (read(pointer) !== told) proven.isWrong = true;
  }
  return told;
}

/** Methods whose requests are asked for what the client sent: of others it would cost more than it tells. */
export const mayHaveBody: Readonly<Record<string, true | undefined>> = { POST: true, PUT: true, PATCH: true };

/** Request line, headers and body, in the log phase. */
export function receivedBytes(pointer: Pointer): number {
  const told = tonumber(variable(pointer, "request_length")) ?? 0;
  return told;
}

/** In the log phase. */
export function sentBytes(pointer: Pointer): number {
  if (proven.left > 0 || proven.isWrong) {
    const told = prove(pointer);
    return told;
  }
  const sent = read(pointer);
  return sent;
}
