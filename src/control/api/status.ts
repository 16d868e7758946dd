// GET /v1/status: the whole network in one answer.
import { z } from "zod";
import type { StatusAnswer } from "../../wire/api.ts";
import type { Control } from "../control.ts";
import { drainView } from "./drains.ts";
import { endpoint } from "./endpoint.ts";
import { rotationAnswer } from "./rotation.ts";
import { hostDetail, warning } from "./shapes.ts";

const statusAnswer = z.object({
  network: z.string(),
  revision: z.number(),
  version: z.string(),
  hosts: z.array(hostDetail),
  rotation: rotationAnswer,
  drains: z.array(drainView),
  warnings: z.array(warning),
}) satisfies z.ZodType<StatusAnswer>;

export const statusEndpoints = (control: Control) => ({
  status: endpoint({
    summary: "Hosts, what their programs said last, and warnings with what to do.",
    answer: statusAnswer,
    handle: (): StatusAnswer => control.status(),
  }),
});
