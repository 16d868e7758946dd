// The secrets that Portway keeps on this machine, in each form that a text could hold them in.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const secretFile = /\.key$|(^|\/)key\.pem$|(^|\/)agent\/keys\//;
const secretMember = /key|secret|password|token|credential|^(k|d|p|q|dp|dq|qi)$/i; // single letters are those of a JWK (RFC 7518)
const shortest = 16;
const largestBytes = 64 * 1024 ** 2;

/** Of all files below Portway's folders that hold keys, and of the state that edges keep. */
export function secretsOf(stateDir: string): readonly string[] {
  const found = new Set<string>();
  for (const path of filesBelow(stateDir)) {
    if (!secretFile.test(path) && !path.endsWith(".json")) continue;
    const text = readIfAllowed(path);
    const secrets = secretFile.test(path) ? writtenIn(text) : membersIn(text);
    for (const secret of secrets) if (secret.length >= shortest) found.add(secret);
  }
  return [...found].sort((a, b) => b.length - a.length);
}

function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function readIfAllowed(path: string): string {
  try {
    return lstatSync(path).size > largestBytes ? "" : readFileSync(path, "utf8");
  } catch {
    return ""; // what this user cannot read, no part of the bundle can hold
  }
}

/** A key as it is written: PEM's lines, or the whole; 32 bytes also in other alphabets. */
function writtenIn(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trim());
  const isPem = text.includes("-----BEGIN");
  const whole = lines.filter((line) => line !== "" && !line.startsWith("-----"));
  return isPem && !text.includes("PRIVATE KEY") ? [] : whole.flatMap(formsOf);
}

function formsOf(written: string): readonly string[] {
  const bytes = Buffer.from(written, "base64");
  return bytes.length === 32 ? [written, bytes.toString("base64url"), bytes.toString("hex")] : [written];
}

/** Texts under names such as `keyPem`, in JSON within JSON too, as objects of a snapshot are. */
function membersIn(text: string): readonly string[] {
  return textsIn(parsed(text), false).flatMap((secret) => [
    secret,
    ...(secret.includes("\n") ? writtenIn(secret) : []),
  ]);
}

function textsIn(value: unknown, isSecret: boolean): readonly string[] {
  if (typeof value === "string") {
    const inner = value.startsWith("{") ? parsed(value) : undefined;
    if (inner !== undefined) return textsIn(inner, isSecret);
    return isSecret && !value.startsWith("-----BEGIN CERTIFICATE") ? [value] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    textsIn(inner, Array.isArray(value) ? isSecret : secretMember.test(name) && !/public/i.test(name)),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
