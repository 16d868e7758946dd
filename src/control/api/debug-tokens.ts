// POST /v1/debug-tokens: what lets a client be told in the answer what was decided on its request.
import { z } from "zod";
import type { DebugTokenMade, DebugTokenRequest } from "../../wire/api.ts";
import { authorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import { createDebugToken, longestLifetimeMs } from "../debug-tokens.ts";
import { edgesBehind } from "../edges-behind.ts";
import { endpoint } from "./endpoint.ts";
import { label } from "./shapes.ts";

const debugTokenRequest = z.strictObject({
  route: label.exactOptional(),
  expiresInMs: z.number().int().min(1_000).max(longestLifetimeMs).exactOptional(),
}) satisfies z.ZodType<DebugTokenRequest>;

const debugTokenMade = z.object({
  token: z.string(),
  route: z.string().exactOptional(),
  expiresAt: z.string(),
  behind: z.array(z.string()),
}) satisfies z.ZodType<DebugTokenMade>;

export const debugTokensEndpoints = (control: Control) => ({
  debugTokenCreate: endpoint({
    summary: "Make a token for the header Portway-Debug; answered when edges can judge it.",
    body: debugTokenRequest,
    answer: debugTokenMade,
    status: 201,
    handle: async ({ body, caller }): Promise<DebugTokenMade> => {
      const routes = () => (control.specInForce(control.facts())?.routes ?? []).map(({ name }) => name);
      const { revision, ...made } = await createDebugToken({ ...control, routes }, authorOf(caller), body);
      return { ...made, behind: await edgesBehind(control, revision) };
    },
  }),
});
