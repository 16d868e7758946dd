// What a request is hashed on, as a number below 2^32; negative when it has none.
import type { ServiceObject } from "../../wire/edge-service.ts";
import { clientAddress } from "../client-address.ts";
import type { RequestRecord } from "../record.ts";
import { currentRequest, variable } from "../request.ts";

type Hash = Pick<NonNullable<ServiceObject["hash"]>, "on" | "name">;
export type Key = (this: void, request: RequestRecord) => number;

/** @noSelf */
interface ChecksumLibrary {
  readonly ngx_http_lua_ffi_crc32_long: (text: string, length: number) => number;
}

const ffi: Ffi<ChecksumLibrary> = require("ffi");
require("resty.core.hash");
const C = ffi.C;

function checksum(text: string): number {
  const sum = C.ngx_http_lua_ffi_crc32_long(text, text.length);
  return sum;
}

/** One name for a header or cookie, given when the service is made. */
function variableKey(name: string): Key {
  return () => {
    const value = variable(currentRequest(), name);
    if (value === undefined || value === "") return -1;
    const sum = checksum(value);
    return sum;
  };
}

function pathKey(request: RequestRecord): number {
  const sum = checksum(request.path);
  return sum;
}

function addressKey(request: RequestRecord): number {
  const sum = checksum(clientAddress(request));
  return sum;
}

export function keyOf({ on, name = "" }: Hash): Key {
  if (on === "path") return pathKey;
  if (on === "clientIp") return addressKey;
  return variableKey(on === "cookie" ? `cookie_${name}` : `http_${name.split("-").join("_")}`);
}
