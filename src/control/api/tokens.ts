// /v1/tokens: what lets hosts join and administrators in. Secrets are in the answer to their making and nowhere else.
import { z } from "zod";
import type { RevisionAnswer, TokenCreated, TokenRequest, TokensAnswer, TokenView } from "../../wire/api.ts";
import { authorOf } from "../caller.ts";
import type { Control } from "../control.ts";
import { tokenWarnings } from "../token-warnings.ts";
import { createToken, listTokens, revokeToken } from "../tokens.ts";
import { endpoint } from "./endpoint.ts";
import { label, revisionAnswer, warning } from "./shapes.ts";

const kind = z.enum(["join", "admin"]);
const minuteMs = 60_000;
const yearMs = 366 * 24 * 60 * minuteMs;

const tokenRequest = z
  .strictObject({
    kind,
    tags: z.array(label).max(64).exactOptional(),
    host: label.exactOptional(),
    ephemeral: z.boolean().exactOptional(),
    expiresInMs: z.number().int().min(1_000).max(yearMs).exactOptional(),
  })
  .refine(
    ({ kind, tags, host, ephemeral }) => kind === "join" || (tags ?? host ?? ephemeral) === undefined,
    "an administrator's token has neither tags nor a host, and is not ephemeral",
  ) satisfies z.ZodType<TokenRequest>;

const tokenView = z.object({
  id: z.string(),
  kind,
  tags: z.array(z.string()),
  host: z.string().exactOptional(),
  ephemeral: z.boolean().exactOptional(),
  createdAt: z.string(),
  expiresAt: z.string(),
  state: z.enum(["valid", "used", "expired"]),
  usedBy: z.string().exactOptional(),
}) satisfies z.ZodType<TokenView>;

const tokensAnswer = z.object({ tokens: z.array(tokenView) }) satisfies z.ZodType<TokensAnswer>;
const tokenCreated = tokenView.extend({
  token: z.string(),
  warnings: z.array(warning).exactOptional(),
}) satisfies z.ZodType<TokenCreated>;

export const tokensEndpoints = (control: Control) => ({
  tokensList: endpoint({
    summary: "Tokens without their secrets.",
    answer: tokensAnswer,
    handle: async (): Promise<TokensAnswer> => ({
      tokens: await listTokens(control.registry, control.clock.now()),
    }),
  }),
  tokenCreate: endpoint({
    summary: "Make a token: to join with once, or for an administrator.",
    body: tokenRequest,
    answer: tokenCreated,
    status: 201,
    handle: async ({ body, caller }): Promise<TokenCreated> => {
      const facts = control.facts();
      const warnings = tokenWarnings(body, control.specInForce(facts), facts.hosts.keys());
      const made = await createToken(control, authorOf(caller), body);
      return { ...made, ...(warnings.length > 0 && { warnings }) };
    },
  }),
  tokenRevoke: endpoint({
    summary: "Forget a token.",
    answer: revisionAnswer,
    handle: async ({ params, caller }): Promise<RevisionAnswer> => {
      const { revision } = await revokeToken(control.commit, control.registry, authorOf(caller), params["id"]!);
      return { revision };
    },
  }),
});
