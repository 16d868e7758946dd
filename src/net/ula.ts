// A network's IPv6 range from its name, so that the file need not carry one.
import { createHash } from "node:crypto";
import type { Prefix } from "./prefix.ts";

const globalIdBytes = 5;

/** `fd` and 40 bits of the name's SHA-256: a /48 of unique local addresses (RFC 4193 section 3.2). */
export function ulaPrefix(name: string): Prefix {
  const globalId = createHash("sha256")
    .update(name)
    .digest("hex")
    .slice(0, 2 * globalIdBytes);
  return { address: { family: 6, value: BigInt(`0xfd${globalId}`) << 80n }, length: 48 };
}
