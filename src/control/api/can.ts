// GET /v1/can: whether one host may reach another, by which rule, and by which way.
import { z } from "zod";
import type { CanAnswer } from "../../wire/can.ts";
import { canReach } from "../can.ts";
import type { Control } from "../control.ts";
import { endpoint } from "./endpoint.ts";
import { label } from "./shapes.ts";

const port = z.number().int().min(1).max(65_535);

export const openingQuery = z
  .object({
    from: label,
    to: label,
    protocol: z.enum(["tcp", "udp", "icmp"]),
    port: z.coerce.number().pipe(port).exactOptional(),
  })
  .refine(
    ({ protocol, port }) => (protocol === "icmp") === (port === undefined),
    "tcp and udp need a port, icmp has none",
  );

const canAnswer = z.object({
  from: z.string(),
  to: z.string(),
  protocol: z.enum(["tcp", "udp", "icmp"]),
  port: z.number().exactOptional(),
  allowed: z.boolean(),
  rule: z.object({ index: z.number(), line: z.number(), text: z.string() }).exactOptional(),
  steps: z.array(
    z.object({
      host: z.string(),
      layer: z.enum(["rule", "membership", "route", "plane", "relay", "firewall"]),
      ok: z.boolean(),
      text: z.string(),
    }),
  ),
}) satisfies z.ZodType<CanAnswer>;

export const canEndpoints = (control: Control) => ({
  can: endpoint({
    summary: "Whether one host may open a connection to another: the rule, and every place on the packet's way.",
    query: openingQuery,
    answer: canAnswer,
    handle: ({ query: { from, to, ...opening } }): CanAnswer => canReach(control, { from, to }, opening).answer,
  }),
});
