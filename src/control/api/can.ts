// GET /v1/can: whether one host may reach another or an address, by which rule, and by which way.
import { z } from "zod";
import { parseAddress } from "../../net/address.ts";
import { isDnsLabel } from "../../net/dns-name.ts";
import type { CanAnswer } from "../../wire/can.ts";
import { canReachAny } from "../can.ts";
import type { Control } from "../control.ts";
import { endpoint } from "./endpoint.ts";
import { label } from "./shapes.ts";

const port = z.number().int().min(1).max(65_535);

/** From a host to another, or to an address. */
export const openingQuery = z
  .object({
    from: label,
    to: z
      .string()
      .refine((text) => isDnsLabel(text) || parseAddress(text) !== undefined, "neither a host's name nor an address"),
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
    summary:
      "Whether one host may open a connection to another, or to an address: the rule, and every place on the packet's way.",
    query: openingQuery,
    answer: canAnswer,
    handle: ({ query: { from, to, ...opening } }): CanAnswer => canReachAny(control, { from, to }, opening).answer,
  }),
});
