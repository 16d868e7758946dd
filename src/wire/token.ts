// Tokens as text. A join token tells a host all it needs: `pw1.` and base64url of TokenContents. An administrator's is
// `pwa1.` and its secret.
import { AppError } from "./errors.ts";

/** What a join token says when decoded: `pw1.` and base64url of this JSON. */
export interface TokenContents {
  /** Control URLs, tried in order. */
  readonly urls: readonly string[];
  /** SHA-256 of the root certificate's DER, hex. */
  readonly ca: string;
  readonly id: string;
  readonly secret: string;
}

const joinPrefix = "pw1.";
const adminPrefix = "pwa1.";
const secretPattern = /^[A-Za-z0-9_-]{43}$/; // 256 bits
const maxTokenLength = 4096;
const howToGetOne = "make a new one on the control host: portway token create";

/** The token as a person copies it: one word. */
export function encodeToken(contents: TokenContents): string {
  const { urls, ca, id, secret } = contents;
  return joinPrefix + Buffer.from(JSON.stringify({ urls, ca, id, secret })).toString("base64url");
}

/** What a join token says; throws `tokenInvalid` saying what is wrong with it, and never the token itself. */
export function decodeToken(text: string): TokenContents {
  const token = text.trim();
  if (token.startsWith(adminPrefix)) throw invalid("this is an administrator's token, not one to join with");
  if (!token.startsWith(joinPrefix)) throw invalid(`a join token begins with ${joinPrefix}`);
  const payload = token.slice(joinPrefix.length);
  if (token.length > maxTokenLength || !/^[A-Za-z0-9_-]+$/.test(payload)) {
    throw invalid("the token is damaged: it holds characters that no token has, or too many");
  }
  const contents = parse(payload);
  if (!isContents(contents)) throw invalid("the token is damaged: a part of it is missing");
  const { urls, ca, id, secret } = contents;
  return { urls, ca, id, secret };
}

/** An administrator's token for the Authorization header. */
export function encodeAdminToken(secret: string): string {
  return adminPrefix + secret;
}

/** The secret of an administrator's token; undefined when it is none. */
export function decodeAdminToken(token: string): string | undefined {
  const secret = token.startsWith(adminPrefix) ? token.slice(adminPrefix.length) : "";
  return secretPattern.test(secret) ? secret : undefined;
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  } catch {
    throw invalid("the token is damaged: was a part of it lost when it was copied?");
  }
}

function isContents(value: unknown): value is TokenContents {
  if (typeof value !== "object" || value === null) return false;
  const { urls, ca, id, secret } = value as Partial<TokenContents>;
  const someUrls = Array.isArray(urls) && urls.length > 0 && urls.every((url) => /^https:\/\/[^/\s]+$/.test(url));
  if (!someUrls || typeof ca !== "string" || typeof id !== "string" || typeof secret !== "string") return false;
  return /^[0-9a-f]{64}$/.test(ca) && /^[0-9a-f]{12}$/.test(id) && secretPattern.test(secret);
}

const invalid = (message: string) => new AppError("tokenInvalid", message, { hint: howToGetOne });
