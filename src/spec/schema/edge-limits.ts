// edge.limits: what one client, by its address, may ask of an edge.
import { z } from "zod";
import { integer, mapping } from "../fields.ts";
import { durationSeconds, rate } from "../quantities.ts";

const most = 1_000_000;

export const edgeLimitsSchema = z
  .union(
    [
      z.literal(false),
      mapping(
        {
          connections: integer(
            1,
            most,
            "Requests of one address at a time, and its connections that ask for something.",
          ).prefault(1000),
          requests: rate("How many requests of one address go through in the long run.", most).prefault("2000/s"),
          burst: integer(1, most, "How many may come at once; as many as the rate's number unless told.").optional(),
          handshakes: z
            .union([z.literal(false), rate("New TLS connections of one address in the long run.", most)], {
              error: "write false, or a rate such as 200/s",
            })
            .prefault("200/s")
            .meta({
              description:
                "New TLS connections of one address in the long run; what comes in five seconds may come at once. false: any.",
            }),
          floodBan: z
            .union(
              [
                z.literal(false),
                durationSeconds("For how long an address that floods HTTP/2 opens no TLS connection.", "1s", "1d"),
              ],
              { error: "write false, or a duration such as 1m" },
            )
            .prefault("1m")
            .meta({
              description:
                "For how long an address that has flooded HTTP/2 opens no new TLS connection; false: none is kept out.",
            }),
        },
        "Limits to what one client address (a /64 of IPv6) may ask of the edge.",
      ),
    ],
    { error: "write false, or { connections: 1000, requests: 2000/s }" },
  )
  .prefault({})
  .meta({ description: "What one client address may ask of the edge; false: anything." });
