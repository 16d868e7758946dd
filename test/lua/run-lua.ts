// Runs functions of the compiled gateway in LuaJIT, many calls in one process.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const compiled = join(root, "build/lua");

export interface LuaCall {
  /** As in Lua: `gateway.crypto.jws`. */
  readonly module: string;
  readonly name: string;
  /** JSON values; texts hold one byte a character. `{ $: name }` is a value kept by `as`. */
  readonly args: readonly unknown[];
  /** Keeps the first value under this name instead of giving it back. */
  readonly as?: string;
}

/** What each call returned, in order, as lists of JSON values; texts hold one byte a character. */
export function runLua(calls: readonly LuaCall[]): unknown[][] {
  if (!existsSync(join(compiled, "gateway"))) throw new Error("build/lua is not there: make build");
  const { status, stdout, stderr, error } = spawnSync("luajit", [join(import.meta.dirname, "calls.lua")], {
    env: { LUA_PATH: `${compiled}/?.lua;${import.meta.dirname}/?.lua;;` },
    input: Buffer.from(calls.map((call) => `${JSON.stringify(call)}\n`).join(""), "latin1"),
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`luajit failed: ${stderr.toString()}`);
  const lines = stdout.toString("latin1").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as unknown[]);
}

/** A text as UTF-8 bytes, one a character. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}
