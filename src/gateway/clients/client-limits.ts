// Limits to what one client address may ask of this edge, before anything else is decided: requests in a time, requests at a
// time, and requests that it gives up before their answer (which cost a target a connection each: HTTP/2's rapid reset,
// CVE-2023-44487). Over all workers an address has its limit, and up to an eighth more.
import type { ClientLimitsConfig } from "../../wire/edge.ts";
import { clientNetwork } from "../client-address.ts";
import { current } from "../current.ts";
import type { RequestRecord } from "../record.ts";
import { clientClosed, currentRequest, nowMs, setAnswerHeader } from "../request.ts";
import { workerPids } from "../snapshot/workers.ts";
import type { Workers } from "./client-places.ts";
import { leaveSharedPlace, takeSharedPlace } from "./client-places.ts";
import type { ClientRate } from "./client-rate.ts";
import { clientRate, shareOfWhole, waitForToken } from "./client-rate.ts";
import type { Client, ClientTable } from "./client-table.ts";
import { clientAt, newClientTable, sweepClients } from "./client-table.ts";
import type { HandshakeLimits } from "./handshakes.ts";

export interface ClientLimits {
  readonly rate: ClientRate;
  /** Time between two requests that may be given up, and how many at once, as the time in which those are forgiven. */
  readonly givenUpIntervalMs: number;
  readonly givenUpBurstMs: number;
  /** Requests at a time that the worker lets through by itself, and how many more all of them may. */
  readonly ownPlaces: number;
  readonly sharedPlaces: number;
  readonly handshakes: HandshakeLimits;
}

/** One of so many requests may be given up in the long run. */
const requestsPerGivenUp = 10;

const shared = ngx.shared.pw_limits;
const table: ClientTable = newClientTable();
const processes: { workers: Workers } = { workers: { own: 0, others: [] } };

/** `workers`: how many share the limits. */
export function prepareClientLimits(config: ClientLimitsConfig, workers: number): ClientLimits {
  const { intervalMicros, burst, connections } = config;
  const rate = clientRate({ intervalMicros, burst }, workers);
  const ownPlaces = workers === 1 ? connections : Math.floor(connections / (shareOfWhole * workers));
  const givenUpIntervalMs = (intervalMicros / 1000) * requestsPerGivenUp;
  return {
    rate,
    givenUpIntervalMs,
    givenUpBurstMs: Math.max(rate.burstMs, givenUpIntervalMs),
    ownPlaces,
    sharedPlaces: connections - ownPlaces,
    handshakes: { rate: config.handshakes, banSeconds: config.floodBanSeconds },
  };
}

function refuse(record: RequestRecord, reason: string, waitMs: number): number {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  setAnswerHeader(currentRequest(), "Retry-After", `${seconds}`);
  record.refusedBy = "clients";
  record.reason = reason;
  return 429;
}

/** 0 when the request may go on, otherwise the status of its refusal. */
export function admitClient(record: RequestRecord, limits: ClientLimits): number {
  const client = clientAt(table, clientNetwork(record));
  if (client === undefined) return 0;
  const now = record.startMs;
  const givenUpWaitMs = client.givenUpDueMs - now - limits.givenUpBurstMs;
  if (givenUpWaitMs >= 0) return refuse(record, "givenUp", givenUpWaitMs);
  const waitMs = waitForToken(shared, client, limits.rate, now);
  if (waitMs > 0) return refuse(record, "requests", waitMs);
  if (client.active - client.shared >= limits.ownPlaces) {
    const hasPlace = takeSharedPlace(shared, processes.workers, client, limits.sharedPlaces);
    if (!hasPlace) return refuse(record, "connections", 0);
  }
  client.active++;
  record.client = client;
  return 0;
}

/** The request of a client that was let in is over. */
export function leaveClient(record: RequestRecord, client: Client, status: number): void {
  client.active--;
  if (client.shared > 0) leaveSharedPlace(shared, processes.workers, client);
  const limits = current.world.clientLimits;
  if (status !== clientClosed || record.targetMs >= 0 || limits === undefined) return;
  client.givenUpDueMs = Math.max(client.givenUpDueMs, nowMs()) + limits.givenUpIntervalMs;
}

/** Once in a tick: forgets who is quiet, and sees who else takes requests. */
export function followClients(): void {
  sweepClients(table, nowMs());
  if (current.world.clientLimits === undefined) return;
  const own = ngx.worker.pid();
  processes.workers = { own, others: workerPids().filter((pid) => pid !== own) };
}
