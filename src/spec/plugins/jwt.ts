// jwt: a request needs a token that one of the keys verifies.
import { z } from "zod";
import { addFault, filePath, list, mapping, parsed, plainText } from "../fields.ts";
import { Fault, quote } from "../issue.ts";
import type { JwtSpec } from "../plugin-types.ts";
import { durationSeconds } from "../quantities.ts";
import { checkJwk, type Jwk } from "./jwk.ts";

const keyHint = "paste a JWK: { kty: EC, crv: P-256, x: …, y: … }";
const audienceHint = "write the audience, or a list of them";

const key = z.record(z.string(), z.unknown(), { error: keyHint }).superRefine((jwk: Jwk, context) => {
  const fault = checkJwk(jwk);
  if (fault) addFault(context, fault);
});

const audience = plainText("An audience of which the token must name one.", audienceHint);

const jwksUrl = parsed({ description: "Where the keys are published (JWKS).", hint: "write an https URL" }, (text) =>
  URL.canParse(text) && text.startsWith("https://")
    ? text
    : new Fault("invalidUrl", `${quote(text)} is not an https URL`, "write an https URL"),
);

const keySource = "which keys verify tokens";

export const jwtSchema = mapping(
  {
    issuer: plainText("What the token's `iss` must be.", 'write a text such as "https://id.example.com/"').optional(),
    audience: z
      .union([audience, list(audience, { description: "Audiences.", hint: audienceHint }, { min: 1 })], {
        error: audienceHint,
      })
      .meta({ description: "What the token's `aud` must hold, one of them." })
      .optional(),
    skew: durationSeconds("How far clocks may differ when exp and nbf are checked.", "0s", "10m").prefault("30s"),
    keys: list(
      key,
      { description: "Keys that verify tokens, as JWKs.", hint: "write a list of JWKs" },
      { min: 1 },
    ).optional(),
    jwksFile: filePath("A JWKS file on each edge host.").optional(),
    jwks: jwksUrl.optional(),
  },
  "Requests need a valid JSON Web Token.",
)
  .superRefine((jwt, context) => {
    const sources = [jwt.keys, jwt.jwksFile, jwt.jwks].filter((source) => source !== undefined).length;
    if (sources === 0)
      addFault(
        context,
        new Fault("missing", `jwt does not say ${keySource}`, "give keys (JWKs) or jwksFile (a path on the edge)"),
      );
    if (sources > 1)
      addFault(
        context,
        new Fault("contradiction", `jwt says more than once ${keySource}`, "keep one of keys, jwksFile and jwks"),
      );
    refuseSameKid(jwt.keys ?? [], context);
  })
  .transform(({ issuer, audience, skew, keys, jwksFile }): JwtSpec => {
    return {
      ...(issuer !== undefined && { issuer }),
      audience: typeof audience === "string" ? [audience] : (audience ?? []),
      skewSeconds: skew,
      keys: keys ?? [],
      ...(jwksFile !== undefined && { jwksFile }),
    };
  });

function refuseSameKid(keys: readonly Jwk[], context: z.RefinementCtx): void {
  const seen = new Set<unknown>();
  for (const [index, { kid }] of keys.entries()) {
    if (kid !== undefined && seen.has(kid)) {
      const message = `a key above has the kid ${quote(String(kid))} too`;
      addFault(context, new Fault("duplicateEntry", message, "give each key a kid of its own"), ["keys", index]);
    }
    seen.add(kid);
  }
}
