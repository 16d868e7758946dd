// Named locations of nginx.conf (src/edge/nginx-locations.ts): nginx chooses how to forward by the place where a request
// is, so a route that wants another way than most sends its requests there. The default way has no name, but for routes that send another host on: all ways that have one do.
import type { Service } from "./world.ts";

/** Where the requests of a route go on; empty: where they are. gRPC is never buffered. */
export function locationOf(
  service: Pick<Service, "protocol"> | undefined,
  buffering: { readonly request: boolean; readonly response: boolean } | undefined,
  isCompressed: boolean,
  rewritesHost: boolean,
): string {
  if (service?.protocol === "grpc") return "@grpc";
  const way = bufferingName(buffering);
  if (!isCompressed) return way !== "" ? `@${way}` : rewritesHost ? "@forward" : "";
  return way === "" ? "@compress" : `@${way}_compress`;
}

function bufferingName(buffering: { readonly request: boolean; readonly response: boolean } | undefined): string {
  if (buffering === undefined) return "";
  if (buffering.request) return buffering.response ? "" : "stream_response";
  return buffering.response ? "stream_request" : "stream";
}
