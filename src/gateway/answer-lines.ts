// Headers of an answer that nginx keeps a place for: of several lines of such a name it changes the last one alone, and its
// Lua module has no way to the others. Those get a name that nobody has, under which all are taken out.
import type { Pointer } from "./request.ts";
import { variable, variableAddress } from "./request.ts";

interface Bytes extends CData {
  [index: number]: number;
}

/** @noSelf */
interface CastingFfi {
  readonly cast: (type: string, address: number) => Bytes;
  readonly string: (data: Bytes, length: number) => string;
}

const ffi: CastingFfi = require("ffi");

const mostLines = 100;
/** In place of a name's first letter: no header that is in use begins so. */
const nobodys = "~";

interface Place {
  /** nginx's variable of the first line that a target sent. */
  readonly variable: string;
  /** Values may stand on one line. */
  readonly isList: boolean;
}

const places: Record<string, Place> = {};
const lists = ["accept-ranges", "content-encoding", "www-authenticate"];
const singles = ["content-range", "etag", "expires", "last-modified", "location", "refresh"];
for (const name of [...lists, ...singles]) {
  places[name] = { variable: `upstream_http_${name.split("-").join("_")}`, isList: lists.includes(name) };
}

/** Whether nginx changes only one line of this name. */
export function hasPlace(name: string): boolean {
  return places[name.toLowerCase()] !== undefined;
}

/** Values on one line: a list, or the last of them where the header has one alone. */
export function oneLine(name: string, values: readonly string[]): string {
  return places[name.toLowerCase()]!.isList ? values.join(", ") : values[values.length - 1]!;
}

/**
 * nginx holds a line of a target as name, NUL, value, NUL, name in lower case; what is not laid out so (gRPC's may be parts of
 * nginx itself) keeps its name.
 */
function renameLine(valueAddress: number, valueLength: number, name: string): boolean {
  const line = ffi.cast("unsigned char *", valueAddress - name.length - 1);
  if (line[name.length] !== 0 || ffi.string(line, name.length).toLowerCase() !== name) return false;
  const end = ffi.cast("unsigned char *", valueAddress + valueLength);
  if (end[0] !== 0 || ffi.string(end, name.length + 1) !== `\0${name}`) return false;
  line[0] = string.byte(nobodys);
  return true;
}

/** Takes out all lines of a name that nginx keeps a place for. */
export function clearLines(request: Pointer, name: string): void {
  ngx.header[name] = undefined;
  const lower = name.toLowerCase();
  const from = places[lower]!.variable;
  for (let left = mostLines; left > 0; left--) {
    const value = variable(request, from);
    if (value === undefined || !renameLine(variableAddress(request, from), value.length, lower)) break;
  }
  ngx.header[nobodys + string.sub(name, 2)] = undefined;
}
