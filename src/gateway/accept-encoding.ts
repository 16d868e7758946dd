// Which content coding a client wants (RFC 9110 section 12.5.3).
import { qualityOf } from "./quality.ts";

/** A header longer than this is not read. */
const longest = 1024;

/** Weights by coding, as the header gives them. */
function weightsOf(header: string): Record<string, number | undefined> {
  const weights: Record<string, number | undefined> = {};
  for (const part of header.toLowerCase().split(",")) {
    const pieces = part.split(";");
    const name = pieces[0]!.trim();
    weights[name === "x-gzip" ? "gzip" : name] = qualityOf(pieces.slice(1));
  }
  return weights;
}

/** The best of those offered (the preferred one first); empty when the client wants none more than the bare content. */
export function chosenCoding(header: string, offered: readonly string[]): string {
  if (header.length > longest) return "";
  const weights = weightsOf(header);
  const others = weights["*"] ?? 0;
  let best = "";
  let bestWeight = 0;
  for (const coding of offered) {
    const weight = weights[coding] ?? others;
    if (weight <= bestWeight) continue;
    best = coding;
    bestWeight = weight;
  }
  return (weights["identity"] ?? 0) > bestWeight ? "" : best;
}
