// What the access log says where nginx's own variables would mislead: of an error that nginx found, which goes on as a GET
// of the error page, and of a path whose decoded bytes need not be text. Both are rare; all other requests set nothing.
import type { Pointer } from "./request.ts";
import { setVariable, variable } from "./request.ts";

function encoded(byte: string): string {
  return string.format("%%%02X", string.byte(byte));
}

/** As it was sent, without the query; bytes outside ASCII, which may be no UTF-8, in percent-encoding. */
function pathOf(target: string): string {
  const query = target.indexOf("?");
  const [path] = string.gsub(query < 0 ? target : string.sub(target, 1, query), "[^\x01-\x7f]", encoded);
  return path;
}

/** The path as the client sent it, in place of the decoded one. */
export function logEncodedPath(pointer: Pointer, target: string): void {
  setVariable(pointer, "portway_own_path", pathOf(target));
}

/** Method and path of the request line: `POST /orders?id=1 HTTP/1.1`. */
export function logRequestLine(pointer: Pointer): void {
  const line = variable(pointer, "request") ?? "";
  const first = line.indexOf(" ");
  if (first < 0) return;
  const rest = string.sub(line, first + 2);
  const second = rest.indexOf(" ");
  setVariable(pointer, "portway_own_method", pathOf(string.sub(line, 1, first)));
  setVariable(pointer, "portway_own_path", pathOf(second < 0 ? rest : string.sub(rest, 1, second)));
}
