// What a token costs the gateway, in CPU time of LuaJIT: verification by algorithm, a token seen before, keys parsed.
import { spawnSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { keyFor, type Signer, tokenBy } from "../test/lua/jws.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const secret = randomBytes(64);
const signers: readonly (readonly [algorithm: string, signer: Signer])[] = [
  ["HS256", secret],
  ["HS512", secret],
  ["RS256", rsa],
  ["RS512", rsa],
  ["PS256", rsa],
  ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" })],
  ["ES384", generateKeyPairSync("ec", { namedCurve: "P-384" })],
  ["ES512", generateKeyPairSync("ec", { namedCurve: "P-521" })],
  ["EdDSA", generateKeyPairSync("ed25519")],
];

const now = 1_700_000_000;
const config = { issuer: "https://id.example.com/", audience: ["orders"], skewSeconds: 30, keys: "k" };
/** About what an identity provider puts in. */
const claims = (subject: string) => ({
  iss: config.issuer,
  aud: ["orders", "account"],
  sub: subject,
  iat: now - 60,
  nbf: now - 60,
  exp: now + 3600,
  jti: "0b4a6c9a-6a5e-4b8e-9d57-2f2f8d6c1c11",
  scope: "openid profile orders:read orders:write",
  realm_access: { roles: ["customer", "offline_access"] },
});
const tokenOf = (algorithm: string, signer: Signer, subject = "user-0") =>
  tokenBy(signer, algorithm, { alg: algorithm, typ: "JWT", kid: "one" }, JSON.stringify(claims(subject)));

const verifications = signers.map(([algorithm, signer]) => ({
  name: `jwt_verify_${algorithm}`,
  kind: "verify",
  unit: "us",
  keys: [keyFor(signer, [algorithm], "one")],
  tokens: [tokenOf(algorithm, signer)],
  valid: true,
}));

const rsaKeys = [keyFor(rsa, ["RS256"], "one")];
const tokens = Array.from({ length: 1000 }, (_, index) => `Bearer ${tokenOf("RS256", rsa, `user-${index}`)}`);
const forged = tokens.map((token) => `${token.slice(0, -8)}AAAAAAAA`);
const verdicts = [
  { name: "jwt_seen_before", tokens, valid: true },
  { name: "jwt_forged_seen_before", tokens: forged, valid: false },
  { name: "jwt_malformed", tokens: ["Bearer a.b.c"], valid: false },
].map((one) => ({ ...one, kind: "verdict", unit: "ns", keys: rsaKeys, config, now }));

const loads = [
  {
    name: "jwt_load_rsa_key_6_algorithms",
    keys: [keyFor(rsa, ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"])],
  },
  { name: "jwt_load_ec_key", keys: verifications.find(({ name }) => name.endsWith("ES256"))!.keys },
].map((one) => ({ ...one, kind: "load", unit: "us" }));

const lines = [...verifications, ...verdicts, ...loads].map((one) => `${JSON.stringify(one)}\n`);
const compiled = resolve(import.meta.dirname, "../build/lua");
const { status } = spawnSync("luajit", [join(import.meta.dirname, "jwt.lua")], {
  env: { LUA_PATH: `${compiled}/?.lua;;` },
  input: lines.join(""),
  stdio: ["pipe", "inherit", "inherit"],
});
process.exitCode = status ?? 1;
