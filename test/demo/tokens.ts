// Tokens as the demo's identity provider would sign them, and ones that an attacker would make.
import { generateKeyPairSync } from "node:crypto";
import { exportJWK, SignJWT } from "jose";

export const issuer = "https://id.example.com/";

export interface Tokens {
  /** The public key set, as a JWKS file holds it (RFC 7517). */
  readonly jwks: string;
  readonly valid: string;
  readonly wrongAudience: string;
  readonly algNone: string;
}

export async function makeTokens(audience: string): Promise<Tokens> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const sign = (aud: string) =>
    new SignJWT({ sub: "demo", aud })
      .setProtectedHeader({ alg: "ES256", kid: "demo-1" })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(privateKey);
  const [valid, wrongAudience] = await Promise.all([sign(audience), sign("somebody-else")]);
  const header = Buffer.from(JSON.stringify({ alg: "none", kid: "demo-1" })).toString("base64url");
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "demo-1", alg: "ES256", use: "sig" }] });
  return { jwks, valid, wrongAudience, algNone: `${header}.${valid.split(".")[1]}.` };
}
