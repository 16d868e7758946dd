// What the phases of one request tell each other. Records are reused, and found by the address of nginx's request: a third
// of the cost of ngx.ctx, and they survive internal redirects.
import type { BodyEdit } from "./body-edit.ts";
import type { Breaker } from "./breaker.ts";
import { noProbe } from "./breaker.ts";
import type { Client } from "./clients/client-table.ts";
import type { Room } from "./overload/room.ts";
import type { Timing } from "./own-time.ts";
import type { Slot } from "./target-slots.ts";
import type { Trace } from "./why/trace.ts";
import type { Route, Target } from "./world.ts";

export interface RequestRecord {
  id: string;
  host: string;
  /** Canonical path (routing/path.ts). */
  path: string;
  /** As canonicalPath says. */
  isEncoded: boolean;
  method: string;
  isSecure: boolean;
  route: Route | undefined;
  startMs: number;
  /** Raw bytes of the client's address, once a plugin has asked. */
  address: string | undefined;
  /** Whose request it is, where clients are limited and it was let in. */
  client: Client | undefined;
  /** Where it waits for its answer, when its service sheds overload. */
  room: Room | undefined;
  /** Who asks, once a plugin has found out. */
  subject: string | undefined;
  /** Claims that templates name, once jwt has let the request pass. */
  claims: Readonly<Record<string, string | undefined>> | undefined;
  /** The plugin that refused, or `router`, `path`, `body`, `balancer`. */
  refusedBy: string;
  /** The plugin that answered it instead of a target, when that was no refusal. */
  answeredBy: string;
  /** Why it was refused: a word for the metrics. */
  reason: string;
  target: Target | undefined;
  /** Its last try failed and was noted when it did, or there was no target to try: the log phase has nothing to say of one. */
  isNoted: boolean;
  readonly tried: Target[];
  tries: number;
  targetStartMs: number;
  /** Time until the answer's headers came; negative: none yet. */
  targetMs: number;
  /** The breaker that let it through and has not heard of it since (admission.ts). */
  admittedBy: Breaker | undefined;
  /** The breaker's generation then. */
  generation: number;
  /** The round of probes that it is one of, or `noProbe` (breaker.ts). */
  probe: number;
  /** It has a place among those that wait for an answer. */
  isPending: boolean;
  /** Why the gateway ended its try itself; what follows of it is ended too. */
  endedFor: "" | "overdue" | "brokenAnswer" | "drained" | "unfitBody";
  /** The target's status where the client gets another; 0: the client's. */
  givenStatus: number;
  /** What the client said, where the target is told otherwise. */
  acceptEncoding: string;
  /** The answer's body, where it is changed once it is whole. */
  bodyEdit: BodyEdit | undefined;
  /** Where its connections to targets are kept, when those speak TLS. */
  slot: Slot | undefined;
  /** The status that a problem in the form of gRPC stands for (its HTTP status is 200); 0: none. */
  problemStatus: number;
  /** What is noted of it: when it is in the sample, or has failed (why/trace.ts). */
  trace: Trace | undefined;
  /** Of the gateway's own time, when that is taken of it. */
  timing: Timing | undefined;
  /** What the client did wrong, as JSON for the `errors` of a problem document; empty: nothing is told. */
  problemErrors: string;
}

const inUse: Record<number, RequestRecord | undefined> = {};
const free: RequestRecord[] = [];
const counts = { free: 0, inUse: 0 };

function newRecord(): RequestRecord {
  return {
    id: "",
    host: "",
    path: "",
    isEncoded: false,
    method: "",
    isSecure: false,
    route: undefined,
    startMs: 0,
    address: undefined,
    client: undefined,
    room: undefined,
    subject: undefined,
    claims: undefined,
    refusedBy: "",
    answeredBy: "",
    reason: "",
    target: undefined,
    isNoted: false,
    tried: [],
    tries: 0,
    targetStartMs: 0,
    targetMs: -1,
    admittedBy: undefined,
    generation: 0,
    probe: noProbe,
    isPending: false,
    endedFor: "",
    givenStatus: 0,
    acceptEncoding: "",
    bodyEdit: undefined,
    slot: undefined,
    problemStatus: 0,
    trace: undefined,
    timing: undefined,
    problemErrors: "",
  };
}

/** A clean record for the request with this identity (request.ts). */
export function takeRecord(identity: number): RequestRecord {
  let record = inUse[identity];
  if (record === undefined) {
    counts.inUse++;
    if (counts.free > 0) {
      record = free[counts.free - 1]!;
      counts.free--;
    } else {
      record = newRecord();
    }
    inUse[identity] = record;
  }
  record.method = "";
  record.path = "";
  record.route = undefined;
  record.address = undefined;
  record.client = undefined;
  record.room = undefined;
  record.subject = undefined;
  record.claims = undefined;
  record.refusedBy = "";
  record.answeredBy = "";
  record.target = undefined;
  record.isNoted = false;
  record.tries = 0;
  record.targetMs = -1;
  record.endedFor = "";
  record.givenStatus = 0;
  record.slot = undefined;
  record.problemStatus = 0;
  record.trace = undefined;
  record.timing = undefined;
  record.problemErrors = "";
  return record;
}

export function recordOf(identity: number): RequestRecord | undefined {
  const record = inUse[identity];
  return record;
}

/** The request is over: its record may serve another. */
export function releaseRecord(identity: number, record: RequestRecord): void {
  inUse[identity] = undefined;
  record.bodyEdit = undefined; // of an answer that was given up, up to 1 MiB
  counts.inUse--;
  free[counts.free] = record;
  counts.free++;
}

/** Those of this worker with their keys, in no order: for what happens seldom. */
export function recordsInUse(): readonly (readonly [key: number, record: RequestRecord])[] {
  const found: [number, RequestRecord][] = [];
  for (const key in inUse) {
    const record = inUse[key];
    if (record !== undefined) found.push([key as unknown as number, record]);
  }
  return found;
}

/** Requests of this worker that have not ended. */
export function requestsInProgress(): number {
  return counts.inUse;
}
