// The last step of a change, within one turn of the event loop.
import { bringIntoForce } from "../drains.ts";
import { expectGarbage } from "./collect.ts";
import type { Draft } from "./draft.ts";
import { worldOf } from "./draft.ts";

/** From so many places of the router on a change leaves enough behind to be collected by itself. */
const manyPlaces = 200;

export function putInForce(draft: Draft): void {
  bringIntoForce(worldOf(draft));
  if (draft.router.places.length >= manyPlaces) expectGarbage();
}
