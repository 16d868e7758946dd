// Vary (RFC 9110 section 12.5.5): what is there stays.
import type { Pointer } from "./request.ts";
import { setAnswerHeader } from "./request.ts";

/** The list with one more name; undefined when it says as much already. */
function longerList(before: string | readonly string[], name: string): string | undefined {
  const list = typeof before === "string" ? before : before.join(", ");
  for (const one of list.split(",")) {
    const written = one.trim().toLowerCase();
    if (written === "*" || written === name.toLowerCase()) return undefined;
  }
  return `${list}, ${name}`;
}

/** Names one more request header that the answer depends on. */
export function addVary(pointer: Pointer, name: string): void {
  const before = ngx.header["Vary"] as string | readonly string[] | undefined;
  const list = before === undefined ? name : longerList(before, name);
  if (list !== undefined) setAnswerHeader(pointer, "Vary", list);
}
