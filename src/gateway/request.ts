// The request at hand, read and changed by straight calls of lua-nginx-module's C functions: LuaJIT compiles those into
// the phase's own trace, where reading `ngx.var.NAME` costs 5,400 user instructions and one of these 700.
// No function ends with a call (`return ffi.string(…)`): a tail call out of a trace's first frame is never compiled.

/** nginx's request; valid within one phase. */
export type Pointer = CData;

/** @noSelf */
interface RequestLibrary {
  readonly ngx_current_msec: CData;
  readonly ngx_http_lua_ffi_var_get: (
    request: Pointer,
    name: string,
    nameLength: number,
    lowcase: CData,
    capture: number,
    value: CData,
    valueLength: CData,
    error: CData,
  ) => number;
  readonly ngx_http_lua_ffi_var_set: (
    request: Pointer,
    name: string,
    nameLength: number,
    lowcase: CData,
    value: string,
    valueLength: number,
    error: CData,
    errorLength: CData,
  ) => number;
  readonly ngx_http_lua_ffi_get_resp_status: (request: Pointer) => number;
  readonly ngx_http_lua_ffi_set_resp_header: SetHeader<[isNil: number]>;
  readonly ngx_http_lua_ffi_req_get_method: (request: Pointer) => number;
  readonly ngx_http_lua_ffi_req_set_header: SetHeader<[]>;
}

type SetHeader<Between extends number[]> = (
  ...parameters: [
    request: Pointer,
    name: string,
    nameLength: number,
    ...Between,
    value: string,
    valueLength: number,
    values: undefined,
    valuesLength: number,
    override: number,
    error: CData,
  ]
) => number;

/** @noSelf */
interface RestyBase {
  readonly get_request: () => Pointer;
}

interface Cell<Value> extends CData {
  0: Value;
}

const ffi: Ffi<RequestLibrary> = require("ffi");
const base: RestyBase = require("resty.core.base");
for (const name of ["var", "request", "response", "misc"]) require(`resty.core.${name}`);
ffi.cdef("extern volatile uintptr_t ngx_current_msec;");

const C = ffi.C;
const getRequest = base.get_request;
const addressType = ffi.typeof("uintptr_t");
const lowcase = ffi.new("char[128]");
const valueCell = ffi.new("char *[1]") as Cell<CData>;
const lengthCell = ffi.new("size_t[1]") as Cell<number>;
const errorCell = ffi.new("char *[1]");
const errorText = ffi.new("unsigned char[256]");
const errorLength = ffi.new("size_t[1]") as Cell<number>;

/** The request of the running phase. */
export function currentRequest(): Pointer {
  const request = getRequest();
  return request;
}

/** A number that is this request's alone while it lives: the address of its memory. */
export function identity(request: Pointer): number {
  const address = tonumber(ffi.cast(addressType, request)) as number;
  return address;
}

/** An nginx variable (its name at most 128 bytes, lower-case), undefined when it has no value. */
export function variable(request: Pointer, name: string): string | undefined {
  const status = C.ngx_http_lua_ffi_var_get(request, name, name.length, lowcase, 0, valueCell, lengthCell, errorCell);
  if (status !== 0) return undefined;
  const text = ffi.string(valueCell[0], lengthCell[0]);
  return text;
}

/** Where the value of an nginx variable (as above) stands in memory; 0 when it has none. */
export function variableAddress(request: Pointer, name: string): number {
  const status = C.ngx_http_lua_ffi_var_get(request, name, name.length, lowcase, 0, valueCell, lengthCell, errorCell);
  if (status !== 0) return 0;
  const address = identity(valueCell[0]);
  return address;
}

/** Sets a variable that nginx.conf made with `map` or `set`. */
export function setVariable(request: Pointer, name: string, value: string): void {
  errorLength[0] = 256;
  C.ngx_http_lua_ffi_var_set(request, name, name.length, lowcase, value, value.length, errorText, errorLength);
}

/** nginx's bit for a method; 1 for one that it does not know. */
export function methodBit(request: Pointer): number {
  const bit = C.ngx_http_lua_ffi_req_get_method(request);
  return bit;
}

/** nginx's status where the client has gone before its answer. */
export const clientClosed = 499;

/** Status of the answer; 0 or 9 when the target's answer was not HTTP. */
export function answerStatus(request: Pointer): number {
  const status = C.ngx_http_lua_ffi_get_resp_status(request);
  return status;
}

/** Sets a header of the answer, replacing those of that name. */
export function setAnswerHeader(request: Pointer, name: string, value: string): void {
  C.ngx_http_lua_ffi_set_resp_header(request, name, name.length, 0, value, value.length, undefined, 0, 1, errorCell);
}

/** Adds a header to the answer, beside those of that name. */
export function addAnswerHeader(request: Pointer, name: string, value: string): void {
  C.ngx_http_lua_ffi_set_resp_header(request, name, name.length, 0, value, value.length, undefined, 0, 0, errorCell);
}

/** Sets a header of the request as the target sees it, replacing those of that name. */
export function setRequestHeader(request: Pointer, name: string, value: string): void {
  C.ngx_http_lua_ffi_req_set_header(request, name, name.length, value, value.length, undefined, 0, 1, errorCell);
}

/** Milliseconds on a clock that never goes back and that all workers share; as of this turn of the event loop. */
export function nowMs(): number {
  const now = tonumber(C.ngx_current_msec) as number;
  return now;
}
