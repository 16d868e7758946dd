// What goes through an edge now, by route and by service.

export interface EdgeTop {
  /** Those with requests lately, the most frequent first, 100 at most. */
  readonly routes: readonly TopRow[];
  /** Requests that were sent to a target; times until its headers. */
  readonly services: readonly TopRow[];
  /** Of all routes together: requests that clients gave up before their answer, or were refused for that, and floods of HTTP/2; absent: an older edge. */
  readonly givenUpPerSecond?: number;
  readonly floodsPerSecond?: number;
}

export interface TopRow {
  readonly name: string;
  /** Of the last ten seconds. */
  readonly requestsPerSecond: number;
  /** Answered with a status from 500. */
  readonly errorsPerSecond: number;
  /** Of the last minute, right to 5 %; left out without any. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}
