// What agents tell each other besides probes, by the same sockets: where a host's direct plane may be reached, or its bypass. A
// letter is five bytes, "PWPL" and its version, and JSON. A host that does not know a kind leaves it unread.
import type { PlaneName } from "../../wire/mesh.ts";

/** The planes that have to be found through NATs. */
export const soughtPlanes = ["pw0", "pwx"] as const satisfies readonly PlaneName[];
export type SoughtPlane = (typeof soughtPlanes)[number];

/** `plane`: absent for the direct plane, which is all that older agents know. */
export type Letter = { readonly plane?: "pwx" } & LetterBody;

type LetterBody =
  /** To a relay: where do packets of my plane come from? */
  | { readonly kind: "where" }
  /** The relay's answer. */
  | { readonly kind: "here"; readonly endpoint: string }
  /** Where my plane may be reached, and whether I want to know the same of you. */
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
  const { kind, endpoint, endpoints, reply, plane } = value ?? {};
  if (plane !== undefined && plane !== "pwx") return undefined;
  const of = plane === undefined ? {} : { plane: "pwx" as const };
  if (kind === "where") return { kind, ...of };
  if (kind === "here" && typeof endpoint === "string") return { kind, endpoint, ...of };
  if (kind !== "candidates" || !Array.isArray(endpoints) || !endpoints.every((one) => typeof one === "string"))
    return undefined;
  return { kind, endpoints: endpoints.slice(0, mostCandidates), reply: reply === true, ...of };
}

/** What a letter is about. */
export const planeOf = ({ plane }: Letter): SoughtPlane => plane ?? "pw0";

/** A letter about a plane. */
export const about = (plane: SoughtPlane): Pick<Letter, "plane"> => (plane === "pw0" ? {} : { plane });
