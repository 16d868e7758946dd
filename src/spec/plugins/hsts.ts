// hsts: tells browsers to come by HTTPS only (RFC 6797).
import { z } from "zod";
import { addFault, flag, mapping } from "../fields.ts";
import { Fault } from "../issue.ts";
import type { PluginSet } from "../plugin-types.ts";
import { durationSeconds } from "../quantities.ts";

const preloadSeconds = 365 * 86_400;

const options = mapping(
  {
    maxAge: durationSeconds("How long browsers remember it.", "0s", "3650d").prefault("365d"),
    includeSubdomains: flag("Whether it holds for all names below the host too.").prefault(false),
    preload: flag("Whether browsers may build it in: hard to undo.").prefault(false),
  },
  "Options of Strict-Transport-Security.",
).superRefine(({ maxAge, includeSubdomains, preload }, context) => {
  if (!preload || (includeSubdomains && maxAge >= preloadSeconds)) return;
  const message = "preload needs includeSubdomains: true and a maxAge of 365d or more";
  addFault(context, new Fault("contradiction", message, "set both, or take preload out"), ["preload"]);
});

type Hsts = NonNullable<PluginSet["hsts"]>;

export const hstsSchema = z
  .union([z.literal(true), options], { error: "write true, or maxAge, includeSubdomains and preload" })
  .meta({ description: "Sends Strict-Transport-Security." })
  .transform((written): Hsts => {
    if (written === true) return { maxAgeSeconds: preloadSeconds, includeSubdomains: false, preload: false };
    const { maxAge, includeSubdomains, preload } = written;
    return { maxAgeSeconds: maxAge, includeSubdomains, preload };
  });
