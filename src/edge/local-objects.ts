// What control sends to what nginx gets: key sources become keys, names of targets their addresses, the certificates of this
// host are added (also to services), the nginx object is left out. What cannot be read keeps its last value, so that a file torn in the middle of a change stops
// nothing.
import type { KeysSource } from "../wire/edge.ts";
import type { Objects } from "../wire/objects.ts";
import type { Warning } from "../wire/warnings.ts";
import { certificateObjects } from "./certificate-objects.ts";
import { drainsKey } from "./drains.ts";
import { type Jwk, jwksOf, readKeys } from "./keys.ts";
import { attempt, type LocalFacts, localWarning } from "./local-facts.ts";
import { withAddresses } from "./names/fill-targets.ts";
import { withIdentity } from "./target-identity.ts";
import { nginxObject } from "./wanted-conf.ts";

export interface GatewayObjects {
  readonly objects: Objects;
  readonly warnings: readonly Warning[];
}

/** Everything for nginx. `previous` are the objects in force. */
export async function gatewayObjects(control: Objects, previous: Objects, facts: LocalFacts): Promise<GatewayObjects> {
  const objects: Record<string, string> = {};
  const warnings: Warning[] = [];
  for (const [key, text] of Object.entries(control)) {
    if (key === "nginx" || key === "stream" || key === drainsKey || key.startsWith("certificate/")) continue;
    if (!key.startsWith("keys/")) {
      const filled = withAddresses(text, previous[key], facts);
      const made = withIdentity(filled.text, previous[key], facts);
      objects[key] = made.text;
      warnings.push(...filled.warnings, ...made.warnings);
      continue;
    }
    const source = JSON.parse(text) as KeysSource;
    const keys = keysText(source, previous[key], facts);
    objects[key] = keys.text;
    warnings.push(...keys.warnings);
  }
  const nginx = nginxObject(control);
  if (nginx !== undefined) {
    const certificates = await certificateObjects(nginx, previous, facts);
    Object.assign(objects, certificates.objects);
    warnings.push(...certificates.warnings);
  }
  return { objects, warnings };
}

/** What is in force until a set was read. */
const noKeys = JSON.stringify({ keys: [] });

function keysText(source: KeysSource, previous: string | undefined, facts: LocalFacts) {
  const subject = source.kind === "file" ? source.path : "keys in portway.yaml";
  const jwks = source.kind === "inline" ? source.jwks : jwksFrom(source.path, facts);
  if (typeof jwks === "string") {
    const kept =
      previous === undefined || previous === noKeys ? "no token is accepted" : "the keys read last stay in force";
    const warning = localWarning(
      "keysUnreadable",
      subject,
      `${jwks}; ${kept}`,
      "Put a JWK set there; it is read within 2 s.",
    );
    return { text: previous ?? noKeys, warnings: [warning] };
  }
  const { object, problems } = readKeys(jwks);
  const hint = "Tokens of this key are refused: replace it by a public signature key.";
  return {
    text: JSON.stringify(object),
    warnings: problems.map((problem) => localWarning("keyUnusable", subject, problem, hint)),
  };
}

function jwksFrom(path: string, facts: LocalFacts): readonly Jwk[] | string {
  const text = attempt(() => facts.read(path));
  return text.ok ? jwksOf(text.value) : text.reason;
}
