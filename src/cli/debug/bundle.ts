// portway debug bundle's work: each part is fetched in bounded time and size, freed of secrets, and packed.
import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { exec } from "../../lib/exec.ts";
import { version } from "../../lib/version.ts";
import { AppError } from "../../wire/errors.ts";
import type { Context } from "../context.ts";
import { keptByUnits } from "../systemd.ts";
import { type Part, partsOf } from "./parts.ts";
import { withoutSecrets } from "./redact.ts";
import { secretsOf } from "./secrets.ts";

/** What a bundle holds; `left` are parts that this machine does not have, each with the reason. */
export interface Bundle {
  readonly file: string;
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
  readonly left: readonly { readonly name: string; readonly reason: string }[];
}

const partTimeoutMs = 10_000;
/** Of a longer file or answer the end is kept. */
const maxPartBytes = 2 * 1024 ** 2;

type Fetched = { readonly name: string; readonly text: string } | { readonly name: string; readonly reason: string };

/** Fetches every part and writes `file` (mode 0600); `onPart` hears of each as it is there. */
export async function makeBundle(context: Context, file: string, onPart: (name: string) => void): Promise<Bundle> {
  const fetched: Fetched[] = [];
  for (const part of partsOf(context.paths, keptByUnits(context.paths))) {
    if (context.stop.aborted) throw new AppError("usage", "stopped before the bundle was whole");
    onPart(part.name);
    fetched.push(await fetchPart(context, part));
  }
  const secrets = secretsOf(context.paths.stateDir);
  const kept = fetched
    .filter((one) => "text" in one)
    .map(({ name, text }) => ({ name, text: withoutSecrets(text, secrets) }));
  const left = fetched.filter((one) => "reason" in one);
  const parts = kept.map(({ name, text }) => ({ name, bytes: Buffer.byteLength(text) }));
  const about = { version, node: process.version, parts, left };
  await pack(file, [...kept, { name: "about.json", text: `${JSON.stringify(about, null, 2)}\n` }]);
  return { file: resolve(file), parts, left };
}

async function fetchPart(context: Context, { name, from }: Part): Promise<Fetched> {
  if (from.kind === "api") {
    const options = { signal: AbortSignal.timeout(partTimeoutMs), ...(from.query && { query: from.query }) };
    try {
      const text = JSON.stringify(await context.api().call(from.route, options), null, 2);
      return { name, text: text.slice(-maxPartBytes) };
    } catch (error) {
      return { name, reason: (error as Error).message };
    }
  }
  if (from.kind === "file") return fileEnd(name, from.path);
  const [file, ...words] = from.words;
  const ran = await exec(file, words, { timeoutMs: partTimeoutMs, env: { ...process.env, LC_ALL: "C" } });
  if (ran.stdout === "" && ran.code !== 0) return { name, reason: ran.stderr.trim().split("\n")[0]!.slice(0, 300) };
  return { name, text: (ran.stdout + ran.stderr).slice(-maxPartBytes) };
}

function fileEnd(name: string, path: string): Fetched {
  try {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      const bytes = Buffer.alloc(Math.min(size, maxPartBytes));
      const length = readSync(file, bytes, 0, bytes.length, size - bytes.length);
      return { name, text: bytes.toString("utf8", 0, length) };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { name, reason: code === "ENOENT" ? `there is no ${path}` : message };
  }
}

async function pack(file: string, parts: readonly { readonly name: string; readonly text: string }[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "portway-debug-"));
  try {
    const root = join(folder, "portway-debug");
    for (const { name, text } of parts) {
      const path = join(root, name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, text, { mode: 0o600 });
    }
    writeFileSync(file, "", { mode: 0o600, flag: "wx" }); // tar would give it the mode that new files have
    const ran = await exec("tar", ["-czf", resolve(file), "-C", folder, "portway-debug"], { timeoutMs: 60_000 });
    if (ran.code !== 0) throw new AppError("usage", `tar could not write ${file}: ${ran.stderr.trim()}`);
  } catch (error) {
    throw unwritten(file, error as NodeJS.ErrnoException);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unwritten(file: string, error: NodeJS.ErrnoException): Error {
  if (error.path !== file) return error;
  const hint = "name another file with --output";
  if (error.code === "EEXIST") return new AppError("usage", `${file} is there already`, { hint });
  if (error.code === "ENOENT") return new AppError("usage", `there is no folder ${dirname(file)}`, { hint });
  return error;
}
