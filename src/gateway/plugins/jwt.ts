// jwt: lets a request pass that bears a signed token (RFC 7519) of the configured issuer and audience, in the Authorization
// header alone. The token's subject is there for the plugins after it.
import type { KeysObject } from "../../wire/edge.ts";
import { type LoadedKeys, loadKeys } from "../crypto/verification-keys.ts";
import { currentRequest, setAnswerHeader, variable } from "../request.ts";
import type { Rejection } from "./jwt-claims.ts";
import { createTokenCheck, type TokenCheck, verdictOn } from "./jwt-verdict.ts";
import type { Plugin } from "./plugin.ts";

const realm = 'Bearer realm="api"';
const invalid = `${realm}, error="invalid_token", error_description="the token is not valid"`;

/** RFC 6750 section 3. A client learns that its token is over, so that it renews it, and nothing else. */
const challenges: Readonly<Record<Rejection, string>> = {
  missing: realm,
  malformed: invalid,
  noKey: invalid,
  algorithm: invalid,
  signature: invalid,
  issuer: invalid,
  audience: invalid,
  expired: `${realm}, error="invalid_token", error_description="the token has expired"`,
  notYet: invalid,
};

/** Parsed keys by the object they come from, for as long as the snapshot holds it: many configurations share one. */
const loaded = setmetatable(new LuaTable<KeysObject, LoadedKeys>(), { __mode: "k" });

function keysFrom(object: KeysObject | undefined): LoadedKeys {
  if (object === undefined) throw "there are no keys";
  let keys = loaded.get(object);
  if (keys === undefined) {
    keys = loadKeys(object);
    loaded.set(object, keys);
  }
  return keys;
}

export const jwt: Plugin<"jwt", TokenCheck> = {
  name: "jwt",
  keys: (config) => [config.keys],
  prepare: (config, surroundings) => createTokenCheck(config, keysFrom(surroundings.keys(config.keys))),
  access: (request, check) => {
    const pointer = currentRequest();
    // nginx itself refuses a second Authorization header, which the target might read instead.
    const authorization = variable(pointer, "http_authorization");
    let rejection: Rejection | undefined = "missing";
    if (authorization !== undefined) {
      const verdict = verdictOn(check, authorization, ngx.now());
      rejection = verdict.rejection;
      request.subject = verdict.subject;
      request.claims = verdict.claims;
    }
    if (rejection === undefined) return 0;
    setAnswerHeader(pointer, "WWW-Authenticate", challenges[rejection]);
    request.reason = rejection;
    return 401;
  },
};
