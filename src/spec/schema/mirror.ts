// Copies of a route's requests.
import { mapping } from "../fields.ts";
import { name } from "../names.ts";
import { percentage, size } from "../quantities.ts";

export const mirrorSchema = mapping(
  {
    service: name("The service that gets copies."),
    share: percentage("How many of the requests are copied.", 1, 100).prefault("100%"),
    maxBody: size("Requests with a larger body are not copied.", "1B", "64KiB").prefault("16KiB"),
  },
  "Sends copies of requests to another service, and throws its answers away.",
  "write { service: orders-next, share: 10% }",
);
