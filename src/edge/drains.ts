// What is drained, as control says: nginx is told (src/gateway/drains.ts). Targets on drained hosts are not in the snapshot
// (src/plan/drains.ts), so that new requests go to others.
import { backoff } from "../lib/backoff.ts";
import { ConnectionFailed, type Door, request } from "../lib/http.ts";
import type { Drain, DrainReport, DrainsPost, GatewayState } from "../wire/edge-state.ts";
import type { Objects } from "../wire/objects.ts";
import type { StreamOpen } from "./stream-open.ts";

/** The object of control that holds them; it is no part of the snapshot. */
export const drainsKey = "drains";

const againMs = 5_000;
const idleMs = 3_600_000;

export function drainsIn(objects: Objects): readonly Drain[] {
  const text = objects[drainsKey];
  return text === undefined ? [] : (JSON.parse(text) as readonly Drain[]);
}

/** One pass tells nginx, and gives the ms until the next. Throws when nginx will not have it. */
export function drainTeller(door: Door, drains: () => readonly Drain[]): () => Promise<number> {
  return teller(door, "/drains", () => {
    const post: DrainsPost = { drains: drains() };
    return { post, isEmpty: post.drains.length === 0 };
  });
}

/** Tells an nginx what there is, again and again while it is something; undefined: there is nobody to tell. */
export function teller(
  door: Door,
  path: string,
  toTell: () => { readonly post: unknown; readonly isEmpty: boolean } | undefined,
): () => Promise<number> {
  const waits = backoff(50, 2_000);
  return async () => {
    const told = toTell();
    if (told === undefined) return idleMs;
    try {
      const reply = await request({ ...door, method: "POST", path, body: JSON.stringify(told.post) });
      if (reply.status !== 200) throw new Error(`nginx refused what is drained: ${reply.status} ${reply.body}`);
    } catch (error) {
      if (error instanceof ConnectionFailed) return waits.next();
      throw error;
    }
    waits.reset();
    return told.isEmpty ? idleMs : againMs;
  };
}

/** With the connections of listeners; without the drains of which those are not counted yet, as if they had not begun. */
export function drainsLeft(
  { drains = [] }: Pick<GatewayState, "drains">,
  { leftOf }: Pick<StreamOpen, "leftOf">,
): readonly DrainReport[] {
  return drains.flatMap((drain) => {
    const connections = leftOf(drain);
    return connections === undefined ? [] : [{ ...drain, ...(connections > 0 && { connections }) }];
  });
}

/** Tells of each state of nginx whether something else is left of drains than when it was asked last. */
export function newsOfDrains(): (state: Pick<GatewayState, "drains">) => boolean {
  let before = "[]";
  return ({ drains = [] }) => {
    const now = JSON.stringify(drains);
    const isNews = now !== before;
    before = now;
    return isNews;
  };
}
