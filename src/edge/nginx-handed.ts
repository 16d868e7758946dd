// HTTPS behind the second nginx: connections come over a unix socket and begin with who the client is (https-hop.ts).
import type { NginxObject } from "../wire/edge.ts";
import { httpsSocket } from "./https-hop.ts";
import type { Place } from "./nginx-conf.ts";
import { areSendersRead, sendersHeader } from "./nginx-forwarded.ts";
import { type Line, word } from "./nginx-text.ts";
import type { Tuning } from "./tuning.ts";

/**
 * The client is who the header says. Where proxies are trusted by their headers, it may be one of these: then the gateway puts
 * it behind the addresses that it says (src/gateway/forwarded.ts).
 */
export function handedLines(nginx: NginxObject, { socket }: Pick<Place, "socket">, tuning: Tuning): Line[] {
  const trusted = ["unix:", ...nginx.trustedProxies].map((prefix) => `set_real_ip_from ${word(prefix)}`);
  const bySenders = [`real_ip_header ${sendersHeader}`, "real_ip_recursive on"];
  return [
    `listen ${word(`unix:${httpsSocket(socket)}`)} ssl http2 proxy_protocol default_server backlog=${tuning.backlog}`,
    ...trusted,
    ...(areSendersRead(nginx) ? bySenders : ["real_ip_header proxy_protocol"]),
  ];
}
