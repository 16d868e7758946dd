// Every case of HTTP/1.1, by group. Those of HTTP/2 are frames (http2.ts).
import type { Group } from "./case.ts";
import { framing } from "./framing.ts";
import { headers } from "./headers.ts";
import { lines } from "./lines.ts";
import { targets } from "./target.ts";

export const corpus: readonly Group[] = [...framing, ...lines, ...targets, ...headers];
