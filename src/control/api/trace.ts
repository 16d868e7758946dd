// GET /v1/trace: what becomes of a packet from one host to another, proven by one.
import { z } from "zod";
import type { TraceAnswer } from "../../wire/trace.ts";
import type { Control } from "../control.ts";
import { trace } from "../trace.ts";
import { openingQuery } from "./can.ts";
import { endpoint } from "./endpoint.ts";

const traceAnswer = z.object({
  from: z.string(),
  to: z.string(),
  protocol: z.enum(["tcp", "udp", "icmp"]),
  port: z.number().exactOptional(),
  reached: z.boolean(),
  allowed: z.boolean(),
  steps: z.array(
    z.object({
      host: z.string(),
      layer: z.enum(["route", "tunnel", "relay", "firewall", "service", "answer"]),
      ok: z.boolean(),
      text: z.string(),
    }),
  ),
}) satisfies z.ZodType<TraceAnswer>;

export const traceEndpoints = (control: Control) => ({
  trace: endpoint({
    summary:
      "Send a probe from one host to another, or to an address, and tell where it passed, and where it was dropped.",
    query: openingQuery,
    answer: traceAnswer,
    handle: ({ query: { from, to, ...opening } }): Promise<TraceAnswer> => trace(control, { from, to }, opening),
  }),
});
