// rateLimit: a token bucket for each client, subject, header value, or for the route as a whole.
import { integer, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import type { RateLimitSpec } from "../plugin-types.ts";
import { rate } from "../quantities.ts";
import { isHeaderName } from "./header-names.ts";

const perHint = "write clientIp, subject, route, or header:NAME";
const maxPerSecond = 1_000_000;

function parsePer(text: string): RateLimitSpec["per"] | Fault {
  if (text === "clientIp" || text === "subject" || text === "route") return { kind: text };
  const name = /^header:(.+)$/.exec(text)?.[1];
  if (name !== undefined && isHeaderName(name)) return { kind: "header", name: name.toLowerCase() };
  return new Fault("invalidValue", `requests cannot be counted per ${quote(text)}`, perHint);
}

export const rateLimitSchema = mapping(
  {
    per: parsed(
      {
        description: "Whose requests are counted together.",
        hint: perHint,
        examples: ["clientIp", "header:X-Api-Key"],
      },
      parsePer,
    ),
    rate: rate("How many requests go through in the long run.", maxPerSecond),
    burst: integer(1, 1_000_000_000, "How many may come at once; as many as the rate's number unless told.").optional(),
  },
  "Requests beyond a rate are answered with 429.",
).transform(({ per, rate, burst }): RateLimitSpec => ({ per, ...rate, burst: burst ?? rate.tokens }));
