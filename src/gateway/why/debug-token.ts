// Tokens that let a client be told what was decided on its requests: control signs them (src/control/debug-tokens.ts) with a
// key of its own that edges have in their snapshot. `pwd1.KEY.EXPIRY.ROUTE.SIGNATURE`: the key's name, seconds since the
// epoch, the one route that it is for or `-` for all, and base64url of HMAC-SHA256 over all that stands before it.

export interface DebugToken {
  readonly key: string;
  readonly untilSeconds: number;
  readonly route: string;
  /** Its beginning, and base64url of the signature over that. */
  readonly signed: string;
  readonly signature: string;
}

const anyRoute = "-";
/** Of every token that control makes; a longer one is not looked at. */
const mostBytes = 256;
const partCount = 5;
const latestSeconds = 1e11;

/** Undefined: not one. Nothing of it is proven yet. */
export function readDebugToken(text: string): DebugToken | undefined {
  if (text.length > mostBytes) return undefined;
  const parts = text.split(".");
  const [version, key, until, route, signature] = parts;
  if (parts.length !== partCount || version !== "pwd1") return undefined;
  const untilSeconds = Number(until);
  // the same number in another spelling (1e9, 0x10) is another text, which no signature of control's is over
  if (!(untilSeconds > 0 && untilSeconds < latestSeconds)) return undefined;
  const signed = string.sub(text, 1, -signature!.length - 2);
  return { key: key!, untilSeconds, route: route!, signed, signature: signature! };
}

/** Whether it is for this route (undefined: none took the request) at this time. */
export function isFor({ untilSeconds, route }: DebugToken, taken: string | undefined, nowSeconds: number): boolean {
  return nowSeconds < untilSeconds && (route === anyRoute || route === taken);
}
