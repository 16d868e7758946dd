// /v1/self: what a host says of itself.
import { z } from "zod";
import type { HostAnswer, RenewAnswer, RenewRequest, RevisionAnswer, StatusReceipt } from "../../wire/api.ts";
import { capability } from "../../wire/capability.ts";
import { rejectHost } from "../approval.ts";
import { authorOf, demandHost, visitorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import { renewCredential } from "../credentials.ts";
import { removeHost } from "../hosts.ts";
import { endpoint } from "./endpoint.ts";
import { agentStatus, edgeStatus, revisionAnswer } from "./shapes.ts";

const hostStatus = z.discriminatedUnion("program", [agentStatus, edgeStatus]);
const hostAnswer = z.object({
  id: z.number(),
  answer: z.unknown().exactOptional(),
  error: z.string().max(2_000).exactOptional(),
}) satisfies z.ZodType<HostAnswer>;
const statusReceipt = z.object({ capability: z.number() }) satisfies z.ZodType<StatusReceipt>;

const renewRequest = z.strictObject({ csr: z.string().max(8_192) }) satisfies z.ZodType<RenewRequest>;

export const selfEndpoints = (control: Control) => ({
  selfStatus: endpoint({
    summary: "What the host's agent or edge sees; kept in memory alone.",
    body: hostStatus,
    answer: statusReceipt,
    handle: ({ caller, body, incoming }): StatusReceipt => {
      const host = demandHost(caller, control.facts());
      const visitor = visitorOf(host, body.program === "edge" ? "edge" : "mesh", incoming);
      control.clones.demandOwn(visitor);
      control.clones.heard(visitor);
      const { events = [], ...status } = body;
      control.statuses.report(host, status);
      control.lag.heard(host, body.program === "edge" ? "edge" : "mesh", body.revision);
      control.news(host, body.program, events);
      if (body.program === "agent") control.rotations.look();
      return { capability };
    },
  }),
  selfAnswer: endpoint({
    summary: "The host's answer to what its stream asked.",
    body: hostAnswer,
    answer: statusReceipt,
    handle: ({ caller, body }): StatusReceipt => {
      control.questions.answered(demandHost(caller, control.facts()), body);
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
    summary: "The host leaves the network.",
    answer: revisionAnswer,
    handle: async ({ caller }): Promise<RevisionAnswer> => {
      const name = demandHost(caller, control.facts());
      const leave = control.facts().hosts.get(name)?.applicant ? rejectHost : removeHost;
      return leave(control, authorOf(caller), name, "host.leave");
    },
  }),
});
