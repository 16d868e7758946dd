// Where a listener has HTTPS's own port, the second nginx takes it and hands on what it does not pass through: over unix
// sockets, with the PROXY protocol, which says who the client is. Whoever can reach them can say that, so their folder is for
// nginx's workers alone.
//
//   client ──▶ :443, names are read ──▶ https.sock ──▶ HTTP's nginx
//                  second nginx     └─▶ passed.sock ──▶ second nginx again: limits, addresses, log ──▶ target
//
// Two hops for what passes through rather than for what does not: nginx adds the PROXY protocol to all of a port or to none.
import { dirname, join } from "node:path";

/** `socket` is nginx's own, in its folder of the run folder. */
export const hopFolder = (socket: string) => join(dirname(dirname(socket)), "hop");
export const httpsSocket = (socket: string) => join(hopFolder(socket), "https.sock");
export const passedSocket = (socket: string) => join(hopFolder(socket), "passed.sock");

/** Who takes HTTPS's port: HTTP's nginx, both while it changes hands, or the second nginx. */
export type HttpsWay = "own" | "both" | "handed";

/** A line of both configurations that tells it, so that the next edge knows; nothing where HTTP's nginx has it. */
export const wayLines = (way: HttpsWay) => (way === "own" ? [] : [`# HTTPS's port: ${way}`]);

/** As a configuration says. */
export function wayIn(conf: string): HttpsWay {
  return (/^# HTTPS's port: (both|handed)$/m.exec(conf)?.[1] as HttpsWay | undefined) ?? "own";
}

/** As the configuration in force and the one that may be in force in a moment say. */
export type Ways = readonly HttpsWay[];

/** What HTTP's nginx does next: it lets the port go once the second one has it, and takes it before that one lets it go. */
export function nextWay(isShared: boolean, second: Ways): HttpsWay {
  if (isShared && second.length > 0 && second.every((way) => way === "handed")) return "handed";
  return isShared || second.includes("handed") ? "both" : "own";
}

/** What the second nginx does next: it takes the port when there is somebody to hand on to, and lets go what is not missed. */
export function takesNext(
  isShared: boolean,
  { http, second }: { readonly http: Ways; readonly second: Ways },
): boolean {
  const has = second.includes("handed");
  if (isShared) return http.length === 0 ? has : !http.includes("own");
  return has && http.includes("handed");
}
