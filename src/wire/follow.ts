// The receiving end of a stream (wire/stream.ts): messages in, objects out. Pure, so that agent and edge share it.
import { applyDelta, digestAfter, digestOf, type Objects, type ObjectsDelta } from "./objects.ts";
import type { Posted, Question, StreamMessage } from "./stream.ts";
import { traceQuestionOf } from "./trace.ts";

/** A set of objects as control gave it. */
export interface Followed {
  readonly revision: number;
  readonly objects: Objects;
  /** Set digest of `objects`: goes into the query of the next connection. */
  readonly digest: string;
}

export type FollowResult =
  /** These objects are control's; `delta` says what differs from before (nothing, when only the revision moved). */
  | { readonly kind: "applied"; readonly state: Followed; readonly delta: ObjectsDelta }
  /** The connection lives, nothing to do. */
  | { readonly kind: "alive" }
  /** The two sides differ: end the connection and open another, which begins with a snapshot. */
  | { readonly kind: "resync"; readonly reason: string }
  /** Control asks something, and waits for an answer. */
  | { readonly kind: "asked"; readonly id: number; readonly question: Question }
  /** An administrator has to approve this host before it is told anything. */
  | { readonly kind: "waiting" }
  /** Control knows this host no more. */
  | { readonly kind: "removed" };

export interface Follower {
  /** The state in force; a connection opens with its digest. */
  readonly state: () => Followed;
  /** A new connection begins: its first message must be a hello. */
  readonly connected: () => void;
  readonly feed: (message: unknown) => FollowResult;
  /** The same for a line of the stream, as it came. */
  readonly feedLine: (line: string) => FollowResult;
}

export const nothingFollowed: Followed = { revision: 0, objects: {}, digest: digestOf({}) };

/** Parses what was kept on disk; undefined when it is not a whole state (its digest is checked). */
export function followedFrom(saved: unknown): Followed | undefined {
  const { revision, objects, digest } = fieldsOf(saved);
  if (!isRevision(revision) || !isObjects(objects) || digestOf(objects) !== digest) return undefined;
  return { revision, objects, digest };
}

/** Follows one stream part from `initial`. After `resync` the state stays what it was. */
export function follower(initial: Followed = nothingFollowed): Follower {
  let state = initial;
  let greeted = false;

  function apply(next: Followed, delta: ObjectsDelta): FollowResult {
    state = next;
    return { kind: "applied", state, delta };
  }

  function feed(received: unknown): FollowResult {
    const message = parse(received);
    if (typeof message === "string") return { kind: "resync", reason: message };
    if (message === undefined || message.type === "ping") return { kind: "alive" };
    if (message.type === "removed" || message.type === "waiting") return { kind: message.type };
    if (message.type === "ask") return { kind: "asked", id: message.id, question: message.question };
    if (message.type === "hello") {
      greeted = true;
      if (message.digest !== state.digest) return { kind: "alive" }; // a snapshot comes next
      return apply({ ...state, revision: message.revision }, { upserts: {}, removes: [] });
    }
    if (!greeted) return { kind: "resync", reason: `the stream began with a ${message.type}, not with hello` };
    return message.type === "snapshot" ? replace(message) : extend(message);
  }

  function replace({ to, objects, digest }: Extract<StreamMessage, { type: "snapshot" }>): FollowResult {
    if (digestOf(objects) !== digest) return { kind: "resync", reason: `snapshot ${to} does not match its digest` };
    const before = state.objects;
    const upserts = Object.fromEntries(Object.entries(objects).filter(([key, value]) => before[key] !== value));
    const removes = Object.keys(before).filter((key) => !Object.hasOwn(objects, key));
    return apply({ revision: to, objects, digest }, { upserts, removes });
  }

  function extend(delta: Extract<StreamMessage, { type: "delta" }>): FollowResult {
    if (delta.from !== state.revision) {
      return { kind: "resync", reason: `delta builds on revision ${delta.from}, here is ${state.revision}` };
    }
    if (digestAfter(state.digest, state.objects, delta) !== delta.digest) {
      return { kind: "resync", reason: `delta ${delta.to} does not give its digest` };
    }
    const objects = applyDelta(state.objects, delta);
    return apply(
      { revision: delta.to, objects, digest: delta.digest },
      { upserts: delta.upserts, removes: delta.removes },
    );
  }

  return {
    state: () => state,
    connected() {
      greeted = false;
    },
    feed,
    feedLine: (line) => feed(parseJson(line)),
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The message; undefined for a type that a newer control may send; a sentence for one that is damaged. */
function parse(received: unknown): Exclude<StreamMessage, Posted> | undefined | string {
  const message = fieldsOf(received);
  switch (message["type"]) {
    case "ping":
    case "waiting":
    case "removed":
      return { type: message["type"] };
    case "ask": {
      const { id, question } = message;
      const known = questionOf(fieldsOf(question));
      return typeof id !== "number" || known === undefined ? undefined : { type: "ask", id, question: known };
    }
    case "hello": {
      const { capability, revision, digest } = message;
      if (typeof capability !== "number" || !isRevision(revision) || typeof digest !== "string") return "damaged hello";
      return { type: "hello", capability, revision, digest };
    }
    case "snapshot": {
      const { to, objects, digest } = message;
      if (!isRevision(to) || !isObjects(objects) || typeof digest !== "string") return "damaged snapshot";
      return { type: "snapshot", to, objects, digest };
    }
    case "delta": {
      const { from, to, upserts, removes, digest } = message;
      const whole = isRevision(from) && isRevision(to) && isObjects(upserts) && typeof digest === "string";
      if (!whole || !Array.isArray(removes) || !removes.every((key) => typeof key === "string")) return "damaged delta";
      return { type: "delta", from, to, upserts, removes, digest };
    }
    default:
      return typeof message["type"] === "string" ? undefined : "a message without a type";
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function isRevision(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isObjects(value: unknown): value is Objects {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === "string");
}

/** Undefined: a newer control asks what this program does not know. */
function questionOf(question: Record<string, unknown>): Question | undefined {
  const { kind, request, host, count } = question;
  if (kind === "top") return { kind };
  if (kind === "why") return { kind, ...(typeof request === "string" && { request }) };
  if (kind === "trace") return traceQuestionOf(question);
  if (kind === "speedServe" || kind === "speedRun") return speedQuestion(kind, question);
  if (kind !== "ping" || typeof host !== "string" || typeof count !== "number") return undefined;
  return { kind, host, count };
}

function speedQuestion(kind: "speedServe" | "speedRun", asked: Record<string, unknown>): Question | undefined {
  const { host, token, outside, forMs, seconds } = asked;
  if (typeof host !== "string" || typeof token !== "string" || typeof outside !== "boolean") return undefined;
  if (kind === "speedServe") return typeof forMs === "number" ? { kind, host, token, outside, forMs } : undefined;
  const { iperf, requests } = fieldsOf(asked["ports"]);
  if (typeof iperf !== "number" || typeof requests !== "number" || typeof seconds !== "number") return undefined;
  return { kind, host, token, outside, seconds, ports: { iperf, requests } };
}
