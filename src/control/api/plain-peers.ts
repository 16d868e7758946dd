// Peers of an agent's status, checked by hand: there are a hundred thousand of them every ten seconds where a thousand hosts
// have a hundred peers each, and a schema copies each of them.
import { isDnsLabel } from "../../net/dns-name.ts";
import type { PeerStatus } from "../../wire/stream.ts";
import { isPlainText } from "./host-text.ts";

/** Limits that schema and reader share. */
export const most = { peers: 10_000, planeLength: 16, tried: 16, triedLength: 256, proven: 16 } as const;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether the schema of a list of peers would take this as it is. False says nothing: what is not of the plainest shape, or
 * has a field more, is for the schema to judge.
 */
export function arePlainPeers(value: unknown): value is readonly PeerStatus[] {
  if (!Array.isArray(value) || value.length > most.peers) return false;
  for (const one of value) if (!isPlainPeer(one)) return false;
  return true;
}

function isPlainPeer(value: unknown): boolean {
  if (!isRecord(value)) return false;
  let needed = 0;
  for (const key in value) {
    const field = value[key];
    switch (key) {
      case "host":
        needed++;
        if (!isName(field)) return false;
        break;
      case "online":
        needed++;
        if (typeof field !== "boolean") return false;
        break;
      case "rxBytes":
      case "txBytes":
        needed++;
        if (!isAmount(field)) return false;
        break;
      case "roundTripMs":
      case "handshakeAgeSeconds":
        if (!isAmount(field)) return false;
        break;
      case "path":
        if (!isPath(field)) return false;
        break;
      case "mtu":
        if (!Number.isSafeInteger(field) || (field as number) <= 0) return false;
        break;
      case "heard":
        if (field !== true) return false;
        break;
      case "plane":
        if (!isText(field, most.planeLength)) return false;
        break;
      case "tried":
        if (!areTexts(field, most.tried, most.triedLength)) return false;
        break;
      case "proven":
        if (!areTexts(field, most.proven, most.planeLength)) return false;
        break;
      default:
        return false;
    }
  }
  return needed === 4;
}

function isPath(value: unknown): boolean {
  if (!isRecord(value)) return false;
  let needed = 0;
  for (const key in value) {
    const field = value[key];
    if (key === "kind" && (field === "direct" || field === "relay")) needed++;
    else if (key === "plane" && isText(field, most.planeLength)) needed++;
    else if (key !== "via" || !isName(field)) return false;
  }
  return needed === 2;
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isName = (value: unknown) => typeof value === "string" && isDnsLabel(value);
const isText = (value: unknown, longest: number) =>
  typeof value === "string" && value.length <= longest && isPlainText(value);
const areTexts = (value: unknown, count: number, longest: number) =>
  Array.isArray(value) && value.length <= count && value.every((one) => isText(one, longest));
/** Neither what JSON gives for 1e999. */
const isAmount = (value: unknown) => typeof value === "number" && value >= 0 && value < Number.POSITIVE_INFINITY;
