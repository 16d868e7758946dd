// GET /v1/top: what goes through the edges now, by route and by service.
import { z } from "zod";
import type { TopAnswer } from "../../wire/api.ts";
import type { EdgeTop, TopRow } from "../../wire/top.ts";
import { askEdges, type EdgesAsked } from "./edges.ts";
import { endpoint } from "./endpoint.ts";
import { hostText } from "./host-text.ts";
import { label } from "./shapes.ts";

const rate = z.number().nonnegative();

const row = z.object({
  name: hostText(256),
  requestsPerSecond: rate,
  errorsPerSecond: rate,
  p50Ms: rate.exactOptional(),
  p99Ms: rate.exactOptional(),
}) satisfies z.ZodType<TopRow>;

const edgeTop = z.object({
  routes: z.array(row),
  services: z.array(row),
  givenUpPerSecond: rate.exactOptional(),
  floodsPerSecond: rate.exactOptional(),
}) satisfies z.ZodType<EdgeTop>;

const topAnswer = z.object({
  edges: z.array(edgeTop.extend({ edge: z.string() })),
  silent: z.array(z.object({ edge: z.string(), reason: z.string() })),
}) satisfies z.ZodType<TopAnswer>;

export const topEndpoints = (control: EdgesAsked) => ({
  top: endpoint({
    summary: "Requests and errors a second and times, by route and by service, of each edge.",
    query: z.object({ edge: label.exactOptional() }),
    answer: topAnswer,
    handle: async ({ query }): Promise<TopAnswer> => {
      const { told, silent } = await askEdges(control, query.edge, { kind: "top" }, edgeTop);
      return { edges: told.map(({ edge, answer }) => ({ ...answer, edge })), silent };
    },
  }),
});
