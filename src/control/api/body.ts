// Request bodies: JSON, bounded, and well-formed UTF-8.
import type { IncomingMessage } from "node:http";
import { AppError } from "../../wire/errors.ts";

/** A file of 900 KiB, escaped as JSON, fits. */
export const maxBodyBytes = 1.5 * 1024 * 1024;

/** The body's JSON value; throws `invalidRequest` or `tooLarge`. */
export async function readJson(incoming: IncomingMessage, maxBytes: number = maxBodyBytes): Promise<unknown> {
  const mediaType = incoming.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (mediaType !== "application/json") {
    throw new AppError("invalidRequest", "the body must be application/json, and say so in Content-Type");
  }
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    throw new AppError("invalidRequest", "the body is not JSON in UTF-8");
  }
}

const tooLarge = (maxBytes: number) => new AppError("tooLarge", `the body is too large: ${maxBytes} bytes at most`);
