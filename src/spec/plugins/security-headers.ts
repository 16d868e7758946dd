// securityHeaders: the headers by which browsers take care, as a bundle.
import { z } from "zod";
import { choice, flag, mapping, parsed } from "../fields.ts";
import { Fault } from "../issue.ts";
import type { SecurityHeadersSpec } from "../plugin-types.ts";
import { isHeaderValue } from "./header-names.ts";

const headerText = (description: string, hint: string) =>
  parsed({ description, hint }, (text) =>
    isHeaderValue(text) ? text : new Fault("invalidHeader", "this is not a header value on one line", hint),
  );

const options = mapping(
  {
    frames: choice(["deny", "sameOrigin", "any"], "Which pages may show this one in a frame.").prefault("deny"),
    referrer: choice(
      ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"],
      "What links from the page tell of it.",
    ).prefault("strict-origin-when-cross-origin"),
    isolate: flag("Whether the page's window is cut off from those of other origins.").prefault(true),
    contentSecurityPolicy: headerText("The page's Content-Security-Policy.", "write default-src 'self'").optional(),
    permissions: headerText("The page's Permissions-Policy.", "write camera=(), microphone=()").optional(),
  },
  "Which security headers are sent.",
);

export const securityHeadersSchema = z
  .union([z.literal(true), options], {
    error: "write true, or frames, referrer, isolate, contentSecurityPolicy, permissions",
  })
  .meta({ description: "Sends headers by which browsers take care, and hides what the service runs on." })
  .transform((written): SecurityHeadersSpec => (written === true ? options.parse({}) : written) as SecurityHeadersSpec);
