// Tokens of the header Portway-Debug (src/gateway/why/debug-token.ts reads them). A key signs for an hour and is then followed
// by another; edges have each for as long as a token of it may be valid, so that none is refused because the key is new or
// old. The registry knows a key's name and times alone: its secret follows from the authority's.
import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { put, type RegistryReader, remove } from "../registry/store.ts";
import type { DebugTokenMade, DebugTokenRequest } from "../wire/api.ts";
import type { DebugKey } from "../wire/edge-state.ts";
import { AppError } from "../wire/errors.ts";
import type { Commit } from "./commit.ts";
import { type DebugKeyRecord, debugKeyKey, debugKeyPrefix } from "./keys.ts";

const minuteMs = 60_000;
const usualLifetimeMs = 10 * minuteMs;
/** A token is for now: whoever needs it for longer makes another. */
export const longestLifetimeMs = 60 * minuteMs;
const signsMs = 60 * minuteMs;

/** What the tokens are made with. */
export interface DebugTokenMaker {
  readonly commit: Commit;
  readonly registry: RegistryReader;
  readonly clock: Pick<Clock, "now">;
  readonly authority: { readonly debugKey: string };
  /** Those of the file in force. */
  readonly routes: () => readonly string[];
}

/** Makes a token, and the key that signs it when there is none for it; `revision` is when edges can judge it. */
export async function createDebugToken(
  maker: DebugTokenMaker,
  author: string,
  { route, expiresInMs = usualLifetimeMs }: DebugTokenRequest,
): Promise<Omit<DebugTokenMade, "behind"> & { readonly revision: number }> {
  if (route !== undefined && !maker.routes().includes(route)) {
    throw new AppError("notFound", `there is no route ${route}`, { hint: "see `portway routes`" });
  }
  const untilSeconds = Math.ceil((maker.clock.now() + expiresInMs) / 1000);
  const until = new Date(untilSeconds * 1000).toISOString();
  const { result: id, revision } = await maker.commit(author, async () => {
    const nowMs = maker.clock.now();
    const { entries } = await maker.registry.list(debugKeyPrefix);
    const known = entries.map(({ key, value }) => ({
      id: key.slice(debugKeyPrefix.length),
      record: JSON.parse(value) as DebugKeyRecord,
    }));
    const signing = known.find(({ record }) => nowMs < Date.parse(record.signsUntil));
    const chosen = signing?.id ?? randomBytes(6).toString("hex");
    const before = signing?.record ?? { signsUntil: new Date(nowMs + signsMs).toISOString(), endsAt: until };
    const record = { ...before, endsAt: before.endsAt < until ? until : before.endsAt };
    const over = known.filter((one) => one !== signing && Date.parse(one.record.endsAt) <= nowMs);
    return {
      writes: [put(debugKeyKey(chosen), JSON.stringify(record)), ...over.map((one) => remove(debugKeyKey(one.id)))],
      audit: { action: "debugToken.create", subject: route ?? "all routes", details: { expiresAt: until } },
      result: chosen,
    };
  });
  const secret = secretOf(maker.authority.debugKey, id);
  const token = signDebugToken(secret, { key: id, untilSeconds, ...(route !== undefined && { route }) });
  return { token, expiresAt: until, ...(route !== undefined && { route }), revision };
}

/** The keys as edges get them. */
export function debugKeysOf(records: ReadonlyMap<string, DebugKeyRecord>, debugKey: string): readonly DebugKey[] {
  return [...records]
    .map(([id, { endsAt }]) => ({ id, secret: secretOf(debugKey, id), untilMs: Date.parse(endsAt) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** base64. */
const secretOf = (debugKey: string, id: string) =>
  createHmac("sha256", debugKey).update(`debug ${id}`).digest("base64");

export interface DebugTokenParts {
  readonly key: string;
  readonly untilSeconds: number;
  /** The one that it is for; all of them when left out. */
  readonly route?: string;
}

/** `secret` in base64. */
export function signDebugToken(secret: string, { key, untilSeconds, route = "-" }: DebugTokenParts): string {
  const signed = `pwd1.${key}.${untilSeconds}.${route}`;
  return `${signed}.${createHmac("sha256", Buffer.from(secret, "base64")).update(signed).digest("base64url")}`;
}
