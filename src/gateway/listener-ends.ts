// In the nginx of listeners: ends the connections to targets that are drained, when their time is over. Its stream module has
// no Lua, but its workers have their sockets, and each knows whom it leads to: nginx ends a connection whose target goes away.
// Workers that a reload has replaced do so too, until they have none left.
import { isEndsPost } from "./snapshot/shapes.ts";
import { asPeer, bothWays, endSocket, peerOf } from "./sockets.ts";

const cjson: CjsonSafe = require("cjson.safe");
const shared = ngx.shared.pw_ends;

const tickSeconds = 0.5;

const held: { version: number; ends: readonly { readonly peer: string; readonly endMs: number }[]; most: number } = {
  version: 0,
  ends: [],
  most: 0,
};

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
  held.ends = isEndsPost(post)
    ? post.ends.map((end) => ({ peer: asPeer(end.address, end.port) ?? "", endMs: end.endMs }))
    : [];
}

function endOverdue(): void {
  followEnds();
  const nowMs = ngx.now() * 1000;
  const overdue: Record<string, true | undefined> = {};
  let isAny = false;
  for (const end of held.ends) {
    if (end.endMs > nowMs) continue;
    overdue[end.peer] = true;
    isAny = true;
  }
  if (!isAny) return;
  for (let socket = 0; socket < held.most; socket++) {
    const leadsTo = peerOf(socket);
    if (leadsTo !== undefined && overdue[leadsTo] === true) endSocket(socket, bothWays);
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
