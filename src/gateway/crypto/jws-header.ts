// What a token's header may say. It is read before anything is proven, so it only ever chooses among what a key allows.

export interface JwsHeader {
  readonly algorithm: string;
  readonly kid: string | undefined;
}

/** Parameters that change what is signed, or how it is to be understood (RFC 7515, RFC 7516, RFC 7797). */
const refusedParameters = ["crit", "b64", "zip", "enc"];

/**
 * The parts of a header that verification uses; undefined when it has no algorithm, an odd kid or a refused parameter.
 * Keys inside or linked from the token (`jwk`, `jku`, `x5c`, `x5u`) are never looked at; `typ` and `cty` decide nothing.
 */
export function readJwsHeader(header: Readonly<Record<string, unknown>>): JwsHeader | undefined {
  const algorithm = header["alg"];
  const kid = header["kid"];
  if (typeof algorithm !== "string" || (kid !== undefined && typeof kid !== "string")) return undefined;
  for (const parameter of refusedParameters) if (header[parameter] !== undefined) return undefined;
  return { algorithm, kid };
}
