// Listeners that have HTTPS's own port: the names that they list go through, all others are HTTPS's.
import type { ListenerSpec, Spec } from "./types.ts";

export type SniListener = ListenerSpec & { readonly to: Exclude<ListenerSpec["to"], string> };

export function sharesHttps(listener: ListenerSpec, { https }: Pick<Spec["edge"], "https">): listener is SniListener {
  return https !== null && listener.port === https.port && typeof listener.to !== "string";
}
