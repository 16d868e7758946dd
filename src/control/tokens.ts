// Tokens: 256-bit secrets of which only the hash is kept. The id is the beginning of the hash, so that a secret alone
// finds its record.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { put, type RegistryReader, remove } from "../registry/store.ts";
import type { TokenCreated, TokenRequest, TokenView } from "../wire/api.ts";
import { AppError } from "../wire/errors.ts";
import { encodeAdminToken, encodeToken } from "../wire/token.ts";
import type { Commit } from "./commit.ts";
import { demandHostName } from "./hosts.ts";
import { type TokenRecord, tokenKey, tokenPrefix } from "./keys.ts";

const hourMs = 3_600_000;
const lifetimeMs = { join: hourMs, admin: 30 * 24 * hourMs };

/** What tokens are made with. */
export interface TokenMaker {
  readonly commit: Commit;
  readonly clock: Pick<Clock, "now">;
  readonly controlUrls: () => readonly string[];
  readonly authority: { readonly fingerprint: string };
}

/** Makes a token; the answer is the only place where its secret ever is. */
export async function createToken(maker: TokenMaker, author: string, request: TokenRequest): Promise<TokenCreated> {
  if (request.host !== undefined) demandHostName(request.host);
  const secret = randomBytes(32).toString("base64url");
  const hash = hashOf(secret);
  const id = idOf(hash);
  const nowMs = maker.clock.now();
  const record: TokenRecord = {
    kind: request.kind,
    hash,
    tags: [...new Set(request.tags ?? [])].sort(),
    ...(request.host !== undefined && { host: request.host }),
    ...(request.ephemeral && { ephemeral: true }),
    createdBy: author,
    createdAt: new Date(nowMs).toISOString(),
    expiresAt: new Date(nowMs + (request.expiresInMs ?? lifetimeMs[request.kind])).toISOString(),
  };
  const { kind, tags, host, expiresAt } = record;
  await maker.commit(author, async () => ({
    writes: [put(tokenKey(id), JSON.stringify(record))],
    audit: {
      action: "token.create",
      subject: id,
      details: { kind, tags, expiresAt, ...(host && { host }), ...(record.ephemeral && { ephemeral: true }) },
    },
    result: undefined,
  }));
  const joins = { urls: maker.controlUrls(), ca: maker.authority.fingerprint, id, secret };
  const token = kind === "admin" ? encodeAdminToken(secret) : encodeToken(joins);
  return { ...tokenView(id, record, nowMs), token };
}

/** Forgets a token, used or not. */
export async function revokeToken(commit: Commit, registry: RegistryReader, author: string, id: string) {
  return commit(author, async () => {
    const entry = await registry.get(tokenKey(id));
    if (!entry) throw new AppError("notFound", `there is no token ${id}`, { hint: "see `portway token list`" });
    const { kind } = JSON.parse(entry.value) as TokenRecord;
    return {
      writes: [remove(tokenKey(id))],
      audit: { action: "token.revoke", subject: id, details: { kind } },
      result: undefined,
    };
  });
}

/** Every token that is known, used and expired ones too for a while. */
export async function listTokens(registry: RegistryReader, nowMs: number): Promise<readonly TokenView[]> {
  const { entries } = await registry.list(tokenPrefix);
  return entries.map(({ key, value }) => tokenView(key.slice(tokenPrefix.length), JSON.parse(value), nowMs));
}

/** The record of this secret if it is usable as that kind; throws `tokenInvalid`, `tokenUsed` or `tokenExpired`. */
export async function usableToken(
  registry: RegistryReader,
  kind: TokenRecord["kind"],
  secret: string,
  nowMs: number,
): Promise<{ readonly id: string; readonly record: TokenRecord }> {
  const hash = hashOf(secret);
  const id = idOf(hash);
  const entry = await registry.get(tokenKey(id));
  const record = entry && (JSON.parse(entry.value) as TokenRecord);
  if (!record || record.kind !== kind || !timingSafeEqual(Buffer.from(hash), Buffer.from(record.hash))) {
    throw new AppError("tokenInvalid", "this token is not known here", { hint: howToGetOne(kind) });
  }
  const { state, usedBy } = tokenView(id, record, nowMs);
  if (state === "used") {
    throw new AppError("tokenUsed", `this token was used by ${usedBy}`, { hint: howToGetOne(kind) });
  }
  if (state === "expired") {
    throw new AppError("tokenExpired", `this token expired at ${record.expiresAt}`, { hint: howToGetOne(kind) });
  }
  return { id, record };
}

function tokenView(id: string, record: TokenRecord, nowMs: number): TokenView {
  const { kind, tags, host, ephemeral, createdAt, expiresAt, usedBy } = record;
  const state = usedBy !== undefined ? "used" : nowMs >= Date.parse(expiresAt) ? "expired" : "valid";
  const about = { ...(host && { host }), ...(ephemeral && { ephemeral }) };
  return { id, kind, tags, createdAt, expiresAt, state, ...about, ...(usedBy && { usedBy }) };
}

const howToGetOne = (kind: TokenRecord["kind"]) =>
  `make a new one on the control host: portway token create${kind === "admin" ? " --admin" : ""}`;

const hashOf = (secret: string) => createHash("sha256").update(secret).digest("hex");
const idOf = (hash: string) => hash.slice(0, 12);
