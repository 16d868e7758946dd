// cache: its form is settled, its behaviour comes later (not-yet.ts refuses it).
import { mapping } from "../fields.ts";
import { duration } from "../quantities.ts";

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
