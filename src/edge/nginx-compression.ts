// Compression in nginx.conf: the locations of routes that want it have it on, for any type and size, and the gateway decides
// for each answer (src/gateway/plugins/compress.ts). Every other location has it off, and nothing is loaded for it.
import type { NginxObject } from "../wire/edge.ts";
import type { Line } from "./nginx-text.ts";
import type { Tuning } from "./tuning.ts";

export const brotliModule = "ngx_http_brotli_filter_module.so";

/** A host without Debian's module for brotli compresses with gzip alone. */
export function hasBrotli(nginx: NginxObject, place: { readonly hasBrotli?: boolean }): boolean {
  return nginx.brotli === true && place.hasBrotli === true;
}

/** Settings that hold wherever compression is on. */
export function compressionLines(tuning: Tuning, withBrotli: boolean): Line[] {
  return [
    "gzip_types *",
    "gzip_min_length 0",
    "gzip_proxied any",
    `gzip_comp_level ${tuning.gzip_comp_level}`,
    `gzip_buffers ${tuning.gzip_buffers}`,
    ...(withBrotli
      ? [
          "brotli_types *",
          "brotli_min_length 0",
          `brotli_comp_level ${tuning.brotli_comp_level}`,
          `brotli_window ${tuning.brotli_window}`,
        ]
      : []),
  ];
}

/** Turns it on in a location. */
export function compressed(withBrotli: boolean): Line[] {
  return withBrotli ? ["gzip on", "brotli on"] : ["gzip on"];
}
