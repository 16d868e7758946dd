// ETag (RFC 9110 section 8.8.3) of an answer whose bytes are changed on their way.
import type { Pointer } from "./request.ts";
import { setAnswerHeader } from "./request.ts";

/**
 * The strong tag of the target's bytes stands for others now, which mean the same while the file is the same. Several tags are
 * an error of the target's, and are left alone.
 */
export function weakenTag(pointer: Pointer): void {
  const tag = ngx.header["ETag"] as string | readonly string[] | undefined;
  if (typeof tag === "string" && string.byte(tag) === 0x22) setAnswerHeader(pointer, "ETag", `W/${tag}`);
}
