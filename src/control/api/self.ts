// /v1/self: what a host says of itself.
import { z } from "zod";
import type { HostAnswer, RevisionAnswer, StatusReceipt } from "../../wire/api.ts";
import { capability } from "../../wire/capability.ts";
import type { RenewAnswer, RenewRequest } from "../../wire/join.ts";
import type { HostStatus, PostedRoute } from "../../wire/stream.ts";
import { rejectHost } from "../approval.ts";
import { authorOf, demandHost, visitorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import { renewCredential } from "../credentials.ts";
import { removeHost } from "../hosts.ts";
import { withKeptPeers } from "../kept-peers.ts";
import { type Call, checked, endpoint } from "./endpoint.ts";
import { hostText } from "./host-text.ts";
import { arePlainPeers } from "./plain-peers.ts";
import { agentStatus, edgeStatus, revisionAnswer } from "./shapes.ts";

const hostStatus = z.discriminatedUnion("program", [agentStatus, edgeStatus]);
const hostAnswer = z.object({
  id: z.number(),
  answer: z.unknown().exactOptional(),
  error: hostText(2_000).exactOptional(),
}) satisfies z.ZodType<HostAnswer>;
const statusReceipt = z.object({ capability: z.number() }) satisfies z.ZodType<StatusReceipt>;

const renewRequest = z.strictObject({ csr: z.string().max(8_192) }) satisfies z.ZodType<RenewRequest>;

type Posting<Body> = Pick<Call<Body, unknown>, "caller" | "body" | "incoming">;

function takeStatus(control: Control, { caller, body, incoming }: Posting<HostStatus>): void {
  const host = demandHost(caller, control.facts());
  const part = body.program === "edge" ? "edge" : "mesh";
  const visitor = visitorOf(host, part, incoming);
  control.clones.demandOwn(visitor);
  control.clones.heard(visitor);
  const { events = [], ...status } = body;
  control.statuses.report(host, withKeptPeers(control.statuses.of(host).agent?.status, status));
  control.lag.heard(host, part, body.revision);
  control.news(host, body.program, events);
  if (body.program === "agent") control.rotations.look();
}

function takeAnswer(control: Control, { caller, body }: Posting<HostAnswer>): void {
  control.questions.answered(demandHost(caller, control.facts()), body);
}

/** Peers that are plain are as the schema would give them. */
function statusOf(body: unknown): HostStatus {
  const { peers, ...rest } = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (rest["program"] !== "agent" || !arePlainPeers(peers)) return checked(hostStatus, body, "the body");
  return { ...checked(agentStatus, { ...rest, peers: [] }, "the body"), peers };
}

/** One of the routes that may be posted over a stream. */
export interface SelfPost {
  /** The body, if it has the right shape; throws `invalidRequest` as the route's own schema does. */
  readonly read: (body: unknown) => unknown;
  /** Takes what was read; throws AppError. */
  readonly take: (call: Posting<unknown>) => void;
}

export const selfPosts = (control: Control): Readonly<Record<PostedRoute, SelfPost>> => ({
  selfStatus: { read: statusOf, take: (call) => takeStatus(control, call as Posting<HostStatus>) },
  selfAnswer: {
    read: (body) => checked(hostAnswer, body, "the body"),
    take: (call) => takeAnswer(control, call as Posting<HostAnswer>),
  },
});

export const selfEndpoints = (control: Control) => ({
  selfStatus: endpoint({
    summary: "What the host's agent or edge sees; kept in memory alone.",
    body: hostStatus,
    answer: statusReceipt,
    handle: (call): StatusReceipt => {
      takeStatus(control, call);
      return { capability };
    },
  }),
  selfAnswer: endpoint({
    summary: "The host's answer to what its stream asked.",
    body: hostAnswer,
    answer: statusReceipt,
    handle: (call): StatusReceipt => {
      takeAnswer(control, call);
      return { capability };
    },
  }),
  selfRenew: endpoint({
    summary: "Another certificate for the identity key that the host has.",
    body: renewRequest,
    answer: z.object({ certificate: z.string() }) satisfies z.ZodType<RenewAnswer>,
    handle: ({ caller, body }) =>
      renewCredential(control, authorOf(caller), demandHost(caller, control.facts()), body.csr),
  }),
  selfLeave: endpoint({
    summary: "The host leaves the network; a copy of one that is connected does not take that out.",
    answer: revisionAnswer,
    handle: async ({ caller, incoming }): Promise<RevisionAnswer> => {
      const name = demandHost(caller, control.facts());
      control.clones.demandAlone(visitorOf(name, "mesh", incoming));
      const leave = control.facts().hosts.get(name)?.applicant ? rejectHost : removeHost;
      return leave(control, authorOf(caller), name, "host.leave");
    },
  }),
});
