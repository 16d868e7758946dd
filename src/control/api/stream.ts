// GET /v1/stream: what a host should hold, and every change of it, as newline-delimited JSON (wire/stream.ts).
import { finished, type Writable } from "node:stream";
import { z } from "zod";
import { AppError } from "../../wire/errors.ts";
import { type StreamMessage, streamProtocol } from "../../wire/stream.ts";
import { welcomeBack } from "../absence.ts";
import { demandHost, visitorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import type { Feed } from "../feed.ts";
import { type Call, endpoint, streamed } from "./endpoint.ts";
import { problem } from "./shapes.ts";

/** How it is asked for. */
export const streamQuery = z.object({
  part: z.enum(["mesh", "edge"]),
  /** Of what the host holds already. */
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "not a digest")
    .exactOptional(),
});

const objects = z.record(z.string(), z.string());
const revision = z.number();
const digest = z.string();

const measuring = { host: z.string(), token: z.string(), outside: z.boolean() };
const speedPorts = z.object({ iperf: z.number(), requests: z.number() });

const streamMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("hello"), capability: z.number(), revision, digest }),
  z.object({ type: z.literal("snapshot"), to: revision, objects, digest }),
  z.object({
    type: z.literal("delta"),
    from: revision,
    to: revision,
    upserts: objects,
    removes: z.array(z.string()),
    digest,
  }),
  z.object({
    type: z.literal("ask"),
    id: z.number(),
    question: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("why"), request: z.string().exactOptional() }),
      z.object({ kind: z.literal("top") }),
      z.object({ kind: z.literal("ping"), host: z.string(), count: z.number() }),
      z.object({ kind: z.literal("speedServe"), ...measuring, forMs: z.number() }),
      z.object({ kind: z.literal("speedRun"), ...measuring, seconds: z.number(), ports: speedPorts }),
    ]),
  }),
  z.object({ type: z.literal("ping") }),
  z.object({ type: z.literal("posted"), id: z.number(), problem: problem.exactOptional() }),
  z.object({ type: z.literal("waiting") }),
  z.object({ type: z.literal("removed") }),
]) satisfies z.ZodType<StreamMessage>;

export const streamEndpoints = (control: Control) => ({
  stream: endpoint({
    summary: `The host's desired state: a snapshot unless the digest matches, then deltas. With \`Upgrade: ${streamProtocol}\` the host posts over it too.`,
    query: streamQuery,
    answer: streamMessage,
    mediaType: "application/x-ndjson",
    handle: async ({ outgoing, ...call }) => {
      await openStream(control, { ...call, outgoing }, () => {
        outgoing.writeHead(200, { "content-type": "application/x-ndjson", "cache-control": "no-store" });
      });
      return streamed;
    },
  }),
});

/** A host's wish to follow, and the connection that it came by. */
export interface StreamCall
  extends Pick<Call<undefined, z.infer<typeof streamQuery>>, "caller" | "query" | "incoming"> {
  readonly outgoing: Writable;
}

/** Opens a host's stream on `outgoing` once `begin` has written the answer's head; undefined: it is gone by now. Throws AppError. */
export async function openStream(
  control: Control,
  { caller, query, incoming, outgoing }: StreamCall,
  begin: () => void,
): Promise<Feed | undefined> {
  const { streams, facts, clones } = control;
  const host = demandHost(caller, facts());
  const visitor = visitorOf(host, query.part, incoming);
  clones.demandOwn(visitor);
  if (facts().hosts.get(host)?.membership?.staleSince !== undefined) {
    control.statuses.seen(host); // or it would be taken for away again until its stream is open
    const revision = await welcomeBack(control, host);
    if (revision !== undefined) await control.settled(revision); // else it would be told that it has no peers
    if (outgoing.destroyed) return undefined;
    if (demandHost(caller, facts()) !== host) throw new AppError("storeUnavailable", "this host was just renamed");
    clones.demandOwn(visitor); // much may have happened while it waited
  }
  finished(outgoing, { readable: false }, clones.holds(visitor)); // a socket's close waits for the other end's
  begin();
  const feed = streams.open(host, query.part, query.digest, outgoing);
  if (facts().hosts.get(host)?.applicant) streams.say(host, query.part, { type: "waiting" });
  return feed;
}
