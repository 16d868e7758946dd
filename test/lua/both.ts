// The gateway's pure modules run in Node as they are: the same calls there and in LuaJIT must give the same.
import assert from "node:assert/strict";
import { withLuaString } from "../../src/lib/lua-string.ts";
import { type LuaCall, runLua } from "./run-lua.ts";

/** Runs `work` where Lua's string library is there, as in Lua. */
export const asLua = withLuaString;

/** The first value that each call gives, in both; throws where they differ. */
export async function runBoth(calls: readonly LuaCall[]): Promise<unknown[]> {
  const inNode = await withLuaString(() => runInNode(calls));
  const inLua = runLua(calls).map(([value]) => value ?? null);
  assert.deepEqual(inLua, inNode, "LuaJIT (actual) and Node (expected) differ");
  return inNode;
}

type Functions = Readonly<Record<string, (...args: unknown[]) => unknown>>;

async function runInNode(calls: readonly LuaCall[]): Promise<unknown[]> {
  const kept = new Map<string, unknown>();
  const results: unknown[] = [];
  for (const { module, name, args, as } of calls) {
    const functions: Functions = await import(fileOf(module));
    const value = functions[name]!(...args.map((arg) => argument(arg, kept))) ?? null;
    if (as !== undefined) kept.set(as, value);
    results.push(as === undefined ? value : null);
  }
  return results;
}

/** What tests hand to the gateway; LuaJIT has their Lua from this folder. */
const ofTests: Readonly<Record<string, string>> = { probe: "./probe.ts", traced: "../gateway/traced.ts" };

function fileOf(module: string): string {
  return ofTests[module] ?? `../../src/${module.replaceAll(".", "/")}.ts`;
}

function argument(arg: unknown, kept: ReadonlyMap<string, unknown>): unknown {
  if (arg === null) return undefined;
  if (typeof arg === "object" && "$" in arg) return kept.get(String(arg.$));
  return structuredClone(arg); // in Lua too, a call has its arguments for itself
}
