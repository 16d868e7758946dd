// POST /v1/join: a token for a place in the network. The one thing that a stranger may do.
import { z } from "zod";
import type { JoinAnswer, JoinRequest } from "../../wire/join.ts";
import { addressOf, guarded } from "../caller.ts";
import type { Control } from "../control.ts";
import { joinHost } from "../hosts.ts";
import { endpoint } from "./endpoint.ts";
import { label, ownNetworks, planeKeys } from "./shapes.ts";

const isSet = (values: readonly string[]) => new Set(values).size === values.length;

const joinRequest = z.object({
  secret: z.string().min(1).max(256),
  ca: z.string().max(64).exactOptional(),
  name: label,
  csr: z.string().max(8_192),
  keys: planeKeys
    .refine((keys) => isSet(keys.map(({ plane }) => plane)), "a plane has one key")
    .refine((keys) => isSet(keys.map(({ publicKey }) => publicKey)), "each plane has a key of its own"),
  capability: z.number().int().positive(),
  networks: ownNetworks.exactOptional(),
}) satisfies z.ZodType<JoinRequest>;

const joinAnswer = z.object({
  name: z.string(),
  network: z.string(),
  certificate: z.string(),
  roles: z.array(z.string()),
  waiting: z.boolean().exactOptional(),
  controlUrls: z.array(z.string()),
}) satisfies z.ZodType<JoinAnswer>;

export const joinEndpoints = (control: Control) => ({
  join: endpoint({
    summary: "Join the network with a token, once.",
    body: joinRequest,
    answer: joinAnswer,
    handle: ({ body, incoming }) => guarded(control.throttle, addressOf(incoming), () => joinHost(control, body)),
  }),
});
