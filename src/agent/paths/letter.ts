// What agents tell each other besides probes, by the same sockets: where a host's direct plane may be reached. A letter is
// five bytes, "PWPL" and its version, and JSON. A host that does not know a kind leaves it unread.

export type Letter =
  /** To a relay: where do packets of my direct plane come from? */
  | { readonly kind: "where" }
  /** The relay's answer. */
  | { readonly kind: "here"; readonly endpoint: string }
  /** Where my direct plane may be reached, and whether I want to know the same of you. */
  | { readonly kind: "candidates"; readonly endpoints: readonly string[]; readonly reply: boolean };

/** More would not fit into a packet, and be tried for too long. */
export const mostCandidates = 8;

const head = Buffer.from("PWPL\x01", "latin1");
const maxBytes = 1_000;

export function encodeLetter(letter: Letter): Uint8Array {
  return Buffer.concat([head, Buffer.from(JSON.stringify(letter))]);
}

/** Undefined for anything that is not a whole letter. */
export function decodeLetter(bytes: Buffer): Letter | undefined {
  if (bytes.length > maxBytes || !bytes.subarray(0, head.length).equals(head)) return undefined;
  let value: Readonly<Record<string, unknown>> | null;
  try {
    value = JSON.parse(bytes.toString("utf8", head.length)) as typeof value;
  } catch {
    return undefined;
  }
  const { kind, endpoint, endpoints, reply } = value ?? {};
  if (kind === "where") return { kind };
  if (kind === "here" && typeof endpoint === "string") return { kind, endpoint };
  if (kind !== "candidates" || !Array.isArray(endpoints) || !endpoints.every((one) => typeof one === "string"))
    return undefined;
  return { kind, endpoints: endpoints.slice(0, mostCandidates), reply: reply === true };
}
