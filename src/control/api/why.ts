// GET /v1/why: what edges keep of a request, or of the last failures.
import { z } from "zod";
import type { WhyAnswer } from "../../wire/api.ts";
import { requestIdPattern } from "../../wire/request-id.ts";
import type { WhyReport } from "../../wire/why.ts";
import { askEdges, type EdgesAsked } from "./edges.ts";
import { endpoint } from "./endpoint.ts";
import { hostText } from "./host-text.ts";
import { label } from "./shapes.ts";

const text = hostText(1_000);
const ms = z.number();

/** Words are those of wire/why.ts, and of edges that are newer. */
const whyReport = z.object({
  id: hostText(64),
  atMs: ms,
  keptAs: text,
  method: text,
  host: text,
  path: text,
  status: z.number(),
  totalMs: ms,
  route: text.exactOptional(),
  service: text.exactOptional(),
  refusedBy: text.exactOptional(),
  reason: text.exactOptional(),
  steps: z
    .array(
      z.object({
        plugin: text,
        phase: text,
        decision: text,
        micros: z.number().exactOptional(),
      }),
    )
    .exactOptional(),
  tries: z
    .array(
      z.object({
        target: text,
        chosenBy: text,
        startMs: ms,
        ms,
        outcome: text,
        isFailOpen: z.boolean(),
        passedOver: z
          .array(
            z.object({
              target: text,
              reason: text,
              detail: text.exactOptional(),
            }),
          )
          .exactOptional(),
        others: z.number().exactOptional(),
      }),
    )
    .exactOptional(),
  isCut: z.boolean().exactOptional(),
}) satisfies z.ZodType<WhyReport>;

const whyAnswer = z.object({
  reports: z.array(whyReport.extend({ edge: z.string() })),
  silent: z.array(z.object({ edge: z.string(), reason: z.string() })),
}) satisfies z.ZodType<WhyAnswer>;

const whyQuery = z.object({
  request: z.string().regex(requestIdPattern, "not a request's id, which X-Request-Id tells").exactOptional(),
  edge: label.exactOptional(),
});

export const whyEndpoints = (control: EdgesAsked) => ({
  why: endpoint({
    summary: "What was decided on a request, by its id, or on the last ones that failed, newest first.",
    query: whyQuery,
    answer: whyAnswer,
    handle: async ({ query: { request, edge } }): Promise<WhyAnswer> => {
      const question = { kind: "why", ...(request !== undefined && { request }) } as const;
      const { told, silent } = await askEdges(control, edge, question, z.array(whyReport));
      const reports = told.flatMap(({ edge: name, answer }) => answer.map((report) => ({ ...report, edge: name })));
      return { reports: reports.sort((a, b) => b.atMs - a.atMs), silent };
    },
  }),
});
