// compress: answers leave the edge compressed where the client reads that.
import { z } from "zod";
import { choice, list, mapping, parsed } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import type { CompressSpec } from "../plugin-types.ts";
import { size } from "../quantities.ts";
import { checkMediaType } from "./content-types.ts";

/** Text in one form or another. What is compressed by its own format gains nothing. */
const usualTypes = [
  ...["text/css", "text/csv", "text/html", "text/javascript", "text/markdown", "text/plain", "text/xml"],
  ...["application/javascript", "application/json", "application/xml", "application/wasm"],
  ...["application/atom+xml", "application/rss+xml", "application/xhtml+xml", "application/manifest+json"],
  ...["application/geo+json", "application/hal+json", "application/ld+json", "application/problem+json"],
  ...["application/graphql-response+json", "application/vnd.api+json", "image/svg+xml", "font/otf", "font/ttf"],
];

const hint = "write a list of media types: [application/json, text/html]";
const packed =
  /^(?:(?:audio|video)\/.*|image\/(?!svg\+xml$|bmp$|x-icon$|vnd\.microsoft\.icon$).*|font\/woff2?|application\/(?:zip|gzip|zstd|x-7z-compressed|x-bzip2|x-xz|x-rar-compressed|vnd\.rar|java-archive|octet-stream))$/;

function checkCompressible(text: string): string | Fault {
  const type = checkMediaType(text);
  if (type instanceof Fault) return type;
  const fault = (reason: string, more: string) => new Fault("notCompressible", `${quote(text)} ${reason}`, more);
  if (type === "text/event-stream")
    return fault("is a stream of events, which compression would hold back", "take it out");
  if (type.startsWith("application/grpc")) return fault("has a compression of its own", "take it out");
  if (type.startsWith("multipart/"))
    return fault("is a stream of parts, which compression would hold back", "take it out");
  if (type.endsWith("/*") && type !== "text/*" && type !== "font/*")
    return fault("takes in types that are compressed already", "name the types one by one: [application/json]");
  if (packed.test(type)) return fault("is compressed already, or may be", "take it out");
  return type;
}

const options = mapping(
  {
    encodings: list(
      choice(["br", "gzip"], "A content coding."),
      { description: "Which codings are offered, the preferred one first.", hint: "write [br, gzip] or [gzip]" },
      { min: 1 },
    ).prefault(["br", "gzip"]),
    types: list(
      parsed({ description: "A media type, or text/* for all text but streams of events.", hint }, checkCompressible),
      { description: "Answers of other types are sent as they are.", hint },
      { min: 1, max: 100 },
    ).prefault(usualTypes),
    minSize: size("Answers below this are sent as they are.", "1B", "64MiB").prefault("1KiB"),
  },
  "How answers are compressed.",
);

export const compressSchema = z
  .union([z.literal(true), options], { error: "write true, or encodings, types and minSize" })
  .meta({ description: "Compresses answers for clients that read it." })
  .transform((written): CompressSpec => {
    const { encodings, types, minSize } = written === true ? options.parse({}) : written;
    return { encodings, types, minBytes: minSize };
  });
