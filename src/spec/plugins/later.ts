// cors, cache: their form is settled, their behaviour comes later (not-yet.ts refuses them).
import { flag, list, mapping, plainText } from "../fields.ts";
import { duration } from "../quantities.ts";

const originHint = 'write a list of origins: ["https://app.example.com"]';

export const corsSchema = mapping(
  {
    origins: list(
      plainText("An origin, or *.", originHint),
      { description: "Origins whose pages may read responses.", hint: originHint },
      { min: 1 },
    ),
    credentials: flag("Whether cookies may be sent along.").optional(),
  },
  "Lets pages of other origins use the route.",
);

export const cacheSchema = mapping(
  {
    ttl: duration("How long a response is fresh when it does not say so itself.", "1s", "30d"),
    staleWhileRevalidate: duration(
      "How long an old response is served while a new one is fetched.",
      "0s",
      "30d",
    ).optional(),
    staleIfError: duration("How long an old response is served while the service fails.", "0s", "30d").optional(),
  },
  "Keeps responses and answers from them.",
);
