// What a worker knows of each client address: a small table each, found by one look-up a request. Addresses that are quiet
// again are forgotten a few at a time: all of a generation are looked at, and those in use move on to the next.

export interface Client {
  readonly key: string;
  /** When its part of the rate that this worker has for itself is full again, on the clock of nowMs. */
  dueMs: number;
  /** The same for requests that it gave up. */
  givenUpDueMs: number;
  /** Its requests in progress. */
  active: number;
  /** Of these, how many are counted where all workers see them (client-places.ts). */
  shared: number;
}

export interface ClientTable {
  young: Record<string, Client | undefined>;
  old: Record<string, Client | undefined>;
  youngCount: number;
  bornMs: number;
}

/** What comes beyond is not limited: so many addresses at a time are more than one attacker has. */
const mostClients = 65_536;
/** Looked at in one tick. */
const sweptAtOnce = 500;
/** A generation lives for so long at least before it is looked at. */
const generationMs = 1_000;

export function newClientTable(): ClientTable {
  return { young: {}, old: {}, youngCount: 0, bornMs: 0 };
}

/** An address that was not seen in this generation. */
function takeUp(table: ClientTable, key: string): Client | undefined {
  const before = table.old[key];
  if (before === undefined && table.youngCount >= mostClients) return undefined;
  const client = before ?? { key, dueMs: 0, givenUpDueMs: 0, active: 0, shared: 0 };
  delete table.old[key];
  table.young[key] = client;
  table.youngCount++;
  return client;
}

/** The client with this address; undefined when there are too many. */
export function clientAt(table: ClientTable, key: string): Client | undefined {
  let client = table.young[key];
  if (client === undefined) client = takeUp(table, key);
  return client;
}

function isInUse(client: Client, nowMs: number): boolean {
  return client.active > 0 || client.dueMs > nowMs || client.givenUpDueMs > nowMs;
}

/** Once in a tick. */
export function sweepClients(table: ClientTable, nowMs: number): void {
  let left = sweptAtOnce;
  for (const key in table.old) {
    const client = table.old[key]!;
    if (isInUse(client, nowMs)) takeUp(table, key);
    else delete table.old[key];
    left--;
    if (left === 0) return;
  }
  if (nowMs - table.bornMs < generationMs) return;
  table.old = table.young;
  table.young = {};
  table.youngCount = 0;
  table.bornMs = nowMs;
}
