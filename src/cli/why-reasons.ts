// The gateway's words for why it refused a request, as sentences.

/** By the word alone, or by who refused and the word where one word means several things. */
const sentences: Readonly<Record<string, string>> = {
  noRoute: "no route has this host, path and what else it asks for; `portway routes` lists them",
  method: "routes have this host and path, but not this method",
  misdirected: "the connection's TLS name (SNI) is another than the Host header",
  notAbsolute: "the path does not start with /",
  badEncoding: "a % in the path is not followed by two hexadecimal digits",
  slash: "the path has an encoded slash or a backslash, which targets read differently",
  doubleEncoding: "the path has an encoded %, which targets may decode twice",
  control: "the path has a control character",
  parameter: "the path has a ;, at which some targets cut it off",
  dotSegment: "the path has a segment . or ..",
  emptySegment: "the path has an empty segment (//)",
  fragment: "the request target has a #",
  noTarget:
    "the service has no target that this edge can use: `portway status` says which hosts have not joined or are not allowed",
  retryBudget: "a target failed, and the service's share of retries was used up",
  "body/tooLarge": "the body is larger than the route takes",
  slow: "the body came too slowly",
  "bodySchema/tooLarge": "the body is larger than what is checked",
  json: "the body is not JSON",
  schema: "the body does not fit the route's schema",
  type: "the Content-Type is not one that the route takes",
  untyped: "the request may have a body, and has no Content-Type",
  noBody: "the route asks for a body, and there is none",
  "responseBody/tooLarge": "the target's answer is larger than what the route may change",
  encoded: "the target's answer is compressed, so that the route cannot change it",
  notJson: "the target's answer is not JSON, so that the route cannot change it",
  denied: "the client's address is in ipDeny",
  notAllowed: "the client's address is not in ipAllow",
  origin: "the page's Origin is not one that cors allows",
  exceeded: "the caller has used up its rate limit",
  template: "the rewritten path would not be valid",
  missing: "there is no bearer token in Authorization",
  malformed: "the token is no JWT, or a claim of it has the wrong type",
  noKey: "no key of the key set fits the token (kid)",
  algorithm: "the token's algorithm is not the key's",
  signature: "the token's signature is wrong",
  issuer: "the token is of another issuer (iss)",
  audience: "the token is for another audience (aud)",
  expired: "the token has expired (exp)",
  notYet: "the token is not valid yet (nbf)",
  open: "the circuit breaker is open after errors of the service",
  halfOpen: "the circuit breaker is half open, and another request is its probe",
  active: "the service has as many requests at a time as its breaker allows",
  pending: "as many requests wait for the service as its breaker allows",
  "clients/connections": "the client has as many requests at a time as one address may",
  requests: "the client has asked more often than one address may",
  givenUp: "the client gave up many requests before",
  "overload/connections": "the edge has as many connections as it takes",
  latency: "the service answers slowly, so that requests of a lower priority are refused",
  drained: "the route or service is drained",
  maintenance: "the route is closed for maintenance",
  overdue: "it took longer than the route allows",
};

/** `noTarget: the service has …`; a word of a newer edge as it is. */
export function reasonText(refusedBy: string | undefined, reason: string): string {
  const key = [`${refusedBy}/${reason}`, reason].find((one) => Object.hasOwn(sentences, one));
  return key === undefined ? reason : `${reason}: ${sentences[key]}`;
}
