// /v1/drains: what is taken out of use in order, and what is left of it.
import { z } from "zod";
import {
  type DrainAnswer,
  type DrainEnded,
  type DrainRequest,
  type DrainsAnswer,
  type DrainView,
  longestDrainMs,
  mostDrainsAtOnce,
} from "../../wire/drains.ts";
import { authorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import { drainViews } from "../drain-views.ts";
import { endDrain, startDrains } from "../drains.ts";
import { readFacts } from "../facts.ts";
import { endpoint } from "./endpoint.ts";
import { drainKind, requestsLeft } from "./shapes.ts";

const drainRequest = z.strictObject({
  names: z.array(z.string().min(1).max(100)).min(1).max(mostDrainsAtOnce),
  forMs: z.number().int().min(0).max(longestDrainMs),
}) satisfies z.ZodType<DrainRequest>;

export const drainView = z.object({
  kind: drainKind,
  name: z.string(),
  by: z.string(),
  startedAt: z.string(),
  endsAt: z.string(),
  state: z.enum(["draining", "drained"]),
  drainedAt: z.string().exactOptional(),
  left: z.object(requestsLeft),
  edges: z.array(z.object({ edge: z.string(), left: z.object(requestsLeft).exactOptional() })),
  relaysFor: z.array(z.string()).exactOptional(),
}) satisfies z.ZodType<DrainView>;

const drains = z.array(drainView);
const drainsAnswer = z.object({ drains }) satisfies z.ZodType<DrainsAnswer>;
const revision = z.number();
const names = z.array(z.string());
const drainAnswer = z.object({
  revision,
  drains,
  renewed: names,
  withoutTarget: names,
}) satisfies z.ZodType<DrainAnswer>;
const drainEnded = z.object({ revision, kind: drainKind, name: z.string() }) satisfies z.ZodType<DrainEnded>;

export const drainsEndpoints = (control: Control) => ({
  drainsList: endpoint({
    summary: "What is drained, the latest first, and the requests that are left of it.",
    answer: drainsAnswer,
    handle: async (): Promise<DrainsAnswer> => {
      const facts = await readFacts(control.registry); // whoever has begun one finds it
      return { drains: drainViews({ ...control.scene(), facts }) };
    },
  }),
  drainStart: endpoint({
    summary: "Drain routes, services or hosts: no new requests, and none at all after a time.",
    body: drainRequest,
    answer: drainAnswer,
    status: 201,
    handle: ({ body, caller }) => startDrains(control, authorOf(caller), body),
  }),
  drainEnd: endpoint({
    summary: "Serve again what was drained, by a name such as service:orders.",
    answer: drainEnded,
    handle: ({ params, caller }) => endDrain(control, authorOf(caller), params["name"]!),
  }),
});
