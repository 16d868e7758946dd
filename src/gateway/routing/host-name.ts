// Whether a Host is one that a pattern (`*.example.com`, `*`) may stand for. nginx lets `user@a`, `a#b` and `a?b` through, which
// a target that builds links from its Host would take for another; a route's own exact name needs no such look.

const dot = 0x2e;
const hyphen = 0x2d;
const underscore = 0x5f;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;

function isNameByte(code: number): boolean {
  const isLetter = code >= 0x61 && code <= 0x7a;
  const isDigit = code >= 0x30 && code <= 0x39;
  return isLetter || isDigit || code === dot || code === hyphen || code === underscore;
}

/** `host` is lower-case and without its port. `_` is what nginx says of a request that names none. */
export function isHostName(host: string): boolean {
  if (host === "" || host === "_" || host.charCodeAt(0) === dot) return false;
  const isAddress = host.charCodeAt(0) === openBracket;
  if (isAddress !== (host.charCodeAt(host.length - 1) === closeBracket)) return false;
  const end = isAddress ? host.length - 1 : host.length;
  for (let i = isAddress ? 1 : 0; i < end; i++) {
    const code = host.charCodeAt(i);
    if (!isNameByte(code) && !(isAddress && code === colon)) return false;
  }
  return true;
}
