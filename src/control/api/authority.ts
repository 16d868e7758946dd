// GET /v1/authority: the root certificate, which a joining host compares with its token's fingerprint.
import { z } from "zod";
import type { AuthorityAnswer } from "../../wire/api.ts";
import type { Control } from "../control.ts";
import { endpoint } from "./endpoint.ts";

const authorityAnswer = z.object({
  certificate: z.string(),
  fingerprint: z.string(),
}) satisfies z.ZodType<AuthorityAnswer>;

export const authorityEndpoints = ({ authority }: Pick<Control, "authority">) => ({
  authority: endpoint({
    summary: "The root certificate of this network's authority.",
    answer: authorityAnswer,
    handle: (): AuthorityAnswer => ({ certificate: authority.rootPem, fingerprint: authority.fingerprint }),
  }),
});
