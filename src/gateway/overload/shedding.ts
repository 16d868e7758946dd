// Requests that are refused so that others are answered in time. Of a service that sets `overload`: what waits beyond its
// room (room.ts), as a late step of a route's access. Of an edge: what would leave nginx without connections.

import type { RequestRecord } from "../record.ts";
import { requestsInProgress } from "../record.ts";
import { currentRequest, nowMs, setAnswerHeader } from "../request.ts";
import type { Room } from "./room.ts";
import { lookAt } from "./room.ts";

const edge = { mostRequests: Number.POSITIVE_INFINITY };
const watched: Room[] = [];
const lookEveryMs = 100;
const looked = { atMs: 0 };

/** A request in progress takes two connections; a quarter stays free for those that ask for nothing yet. */
const connectionsPerRequest = 2;
const usableShare = 0.75;

/** In init: `connections` are those of a worker. */
export function boundRequests(connections: number): void {
  edge.mostRequests = Math.floor((connections * usableShare) / connectionsPerRequest);
}

/** True when this worker has as many requests as it may, the one that asks among them. */
export function isEdgeFull(): boolean {
  return requestsInProgress() > edge.mostRequests;
}

/** Says when to come again. */
export function refuseForNow(request: RequestRecord, reason: string): number {
  setAnswerHeader(currentRequest(), "Retry-After", "1");
  request.refusedBy = "overload";
  request.reason = reason;
  return 503;
}

/** Puts a room on the list of those to look at. */
function watch(room: Room): void {
  room.isWatched = true;
  watched.push(room);
}

/** 0 when there is room, otherwise the status of the refusal. */
export function enterRoom(request: RequestRecord, room: Room): number {
  if (!room.isWatched) watch(room);
  if (room.waiting >= room.most) {
    room.refused++;
    return refuseForNow(request, "latency");
  }
  room.waiting++;
  if (room.waiting > room.peak) room.peak = room.waiting;
  request.room = room;
  return 0;
}

/** The answer has begun, or there will be none. */
export function leaveRoom(request: RequestRecord, room: Room): void {
  request.room = undefined;
  room.waiting--;
  if (request.target === undefined) return;
  room.answers++;
  room.sumMs += request.targetMs >= 0 ? request.targetMs : nowMs() - request.targetStartMs;
}

/** A step of a route's answer. */
export function noteAnswered(request: RequestRecord): void {
  if (request.room !== undefined) leaveRoom(request, request.room);
}

/** Once in a tick. */
export function followRooms(): void {
  const now = nowMs();
  const elapsedMs = now - looked.atMs;
  if (elapsedMs < lookEveryMs) return;
  looked.atMs = now;
  for (let i = watched.length - 1; i >= 0; i--) {
    const room = watched[i]!;
    if (lookAt(room, elapsedMs)) continue;
    room.isWatched = false;
    watched[i] = watched[watched.length - 1]!;
    watched.pop();
  }
}
