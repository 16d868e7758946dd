// What the gateway keeps of some requests, so that `portway why` can tell what was decided on them and how long it took:
// of a sample, and of each that failed or was tried again. Nothing of the client's headers, query or body is in it.

/** Whoever reads may be older than who wrote: a word that it does not know is shown as it is. */
type Word<Known extends string> = Known | (string & Record<never, never>);

export interface WhyReport {
  /** The request's id, as `X-Request-Id` told it to client and target. */
  readonly id: string;
  /** When it ended, ms since the epoch. */
  readonly atMs: number;
  /** `failure`: refused, tried again, or answered with a status from 500. */
  readonly keptAs: Word<"sample" | "failure">;
  readonly method: string;
  /** As the client named it, cut at 255 bytes. */
  readonly host: string;
  /** Canonical, without the query, cut at 512 bytes; what a client sent, for one whose path was refused. */
  readonly path: string;
  /** As the client saw it. */
  readonly status: number;
  readonly totalMs: number;
  /** Left out when none took it. */
  readonly route?: string;
  readonly service?: string;
  /** The plugin that refused it, or `router`, `path`, `body`, `balancer`, `breaker`; and a word for why; `overdue`
   * alone: a limit to its age passed. */
  readonly refusedBy?: string;
  readonly reason?: string;
  /** The route's plugins in the order in which they ran or would have run; left out when there are none. */
  readonly steps?: readonly WhyStep[];
  /** In their order; left out when it went to no target. */
  readonly tries?: readonly WhyTry[];
  /** Something of steps and tries was left out: all would have been too long. */
  readonly isCut?: boolean;
}

export interface WhyStep {
  readonly plugin: string;
  /** `request`: before the target; `answer`: when the answer's headers were there. */
  readonly phase: Word<"request" | "answer">;
  /** `answered`: by itself, in place of a target. */
  readonly decision: Word<"passed" | "refused" | "answered" | "notRun">;
  /** How long it took; left out for what was not timed: a failure that was not in the sample. */
  readonly micros?: number;
}

export type TryOutcome = "answered" | "failed" | "timeout" | "notResponse" | "abandoned";

export interface WhyTry {
  readonly target: string;
  /** What chose it: the service's balance, `sticky`, or `retry`. */
  readonly chosenBy: string;
  /** Since the request began. */
  readonly startMs: number;
  /** Until the answer's headers, or until it was given up. */
  readonly ms: number;
  readonly outcome: Word<TryOutcome>;
  /** No target was healthy, so that all took part. */
  readonly isFailOpen: boolean;
  /** The other targets, the first of them; left out when there are none. */
  readonly passedOver?: readonly PassedOver[];
  /** How many there are beside those; left out when there are none. */
  readonly others?: number;
}

export interface PassedOver {
  readonly target: string;
  /** `tried`, `ejected`, `down`, `farther` (a nearer one is healthy), or `another` (it could have been chosen). */
  readonly reason: Word<"tried" | "ejected" | "down" | "farther" | "another">;
  /** What the edge process said of one that is down; until when one is ejected. */
  readonly detail?: string;
}
