// In the nginx of listeners: ends the connections to targets that are drained, or of clients to a listener, when their time is over. Its stream module has
// no Lua, but its workers have their sockets, and each knows whom it leads to: nginx ends a connection whose target goes away.
// Workers that a reload has replaced do so too, until they have none left.
import type { EndsPost } from "../wire/edge-state.ts";
import { isEndsPost } from "./snapshot/shapes.ts";
import { asPeer, endSocket, peerOf, portOf } from "./sockets.ts";

const cjson: CjsonSafe = require("cjson.safe");
const shared = ngx.shared.pw_ends;

const tickSeconds = 0.5;

interface Held {
  version: number;
  ends: readonly { readonly peer: string; readonly endMs: number }[];
  listeners: EndsPost["listeners"];
  most: number;
}

const held: Held = { version: 0, ends: [], listeners: [], most: 0 };

/** POST /ends: takes the place of what was told before. */
export function receiveEnds(): void {
  ngx.req.read_body();
  const text = ngx.req.get_body_data() ?? "";
  const [post] = cjson.decode(text);
  ngx.header["Content-Type"] = "application/json";
  if (!isEndsPost(post)) {
    ngx.status = 422;
    ngx.print('{"error":"not the shape of a post"}');
    return;
  }
  if (shared.get("ends")[0] !== text) {
    shared.set("ends", text);
    shared.incr("version", 1, 0);
  }
  ngx.print("{}");
}

function followEnds(): void {
  const [version] = shared.get("version");
  if (version === undefined || version === held.version) return;
  const [post] = cjson.decode((shared.get("ends")[0] as string | undefined) ?? "");
  held.version = version as number;
  const told = isEndsPost(post) ? post : { ends: [], listeners: [] };
  held.ends = told.ends.map((end) => ({ peer: asPeer(end.address, end.port) ?? "", endMs: end.endMs }));
  held.listeners = told.listeners;
}

function endOverdue(): void {
  followEnds();
  const nowMs = ngx.now() * 1000;
  const targets: Record<string, true | undefined> = {};
  const ports: Record<number, true | undefined> = {};
  let [isTarget, isPort] = [false, false];
  for (const end of held.ends) {
    if (end.endMs > nowMs) continue;
    targets[end.peer] = true;
    isTarget = true;
  }
  for (const end of held.listeners) {
    if (end.endMs > nowMs) continue;
    ports[end.port] = true;
    isPort = true;
  }
  if (!isTarget && !isPort) return;
  for (let socket = 0; socket < held.most; socket++) {
    const leadsTo = peerOf(socket);
    if (leadsTo === undefined) continue;
    if (targets[leadsTo] === true || (isPort && ports[portOf(socket) ?? 0] === true)) endSocket(socket);
  }
}

function hasConnections(): boolean {
  for (let socket = 0; socket < held.most; socket++) if (peerOf(socket) !== undefined) return true;
  return false;
}

/** Timers end when a worker is told to; this last call goes on until no connection is left. */
function tick(premature: boolean): void {
  endOverdue();
  if (!premature) return;
  while (hasConnections()) {
    ngx.sleep(tickSeconds);
    endOverdue();
  }
}

/** init_worker_by_lua; `mostSockets` that a worker has. */
export function startEnding(mostSockets: number): void {
  held.most = mostSockets;
  ngx.timer.every(tickSeconds, tick);
}
