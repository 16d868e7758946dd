// Named locations of nginx.conf (src/edge/nginx-locations.ts): nginx chooses how to forward by the place where a request
// is, so a route that wants another way than most sends its requests there. The default way has no name. It has one, too,
// for routes that send another host on, or a path that nginx must encode anew: ways with a name do so.
import type { Service } from "./world.ts";

/** What a route does that nginx does by location. */
export interface Ways {
  readonly isCompressed: boolean;
  /** Bodies of answers are changed. */
  readonly isEdited: boolean;
  /** Another host is sent on, or another path. */
  readonly isChanged: boolean;
}

/** Where the requests of a route go on; empty: where they are. gRPC is never buffered. */
export function locationOf(
  service:
    | { readonly protocol: Service["protocol"]; readonly tls?: { readonly trust: string } | undefined }
    | undefined,
  buffering: { readonly request: boolean; readonly response: boolean } | undefined,
  { isCompressed, isEdited, isChanged }: Ways,
): string {
  const parts: string[] = [];
  if (service?.tls !== undefined) parts.push(`tls_${service.tls.trust}`);
  if (service?.protocol === "grpc") parts.push("grpc");
  else {
    const way = bufferingName(buffering);
    if (way !== "") parts.push(way);
    if (isEdited) parts.push("edit");
    if (isCompressed) parts.push("compress");
    if (isChanged && parts.length === 0) parts.push("forward");
  }
  return parts.length === 0 ? "" : `@${parts.join("_")}`;
}

function bufferingName(buffering: { readonly request: boolean; readonly response: boolean } | undefined): string {
  if (buffering === undefined) return "";
  if (buffering.request) return buffering.response ? "" : "stream_response";
  return buffering.response ? "stream_request" : "stream";
}
