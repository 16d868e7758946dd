// The gateway's pure modules run in Node as they are: the same calls there and in LuaJIT must give the same.
import assert from "node:assert/strict";
import { type LuaCall, runLua } from "./run-lua.ts";

/** The functions of Lua's string library that hot modules use where JavaScript has none as cheap. Counted from 1. */
const luaString = {
  sub: (text: string, first: number, last = -1) => {
    const from = first < 0 ? Math.max(0, text.length + first) : first - 1;
    return text.slice(from, last < 0 ? text.length + last + 1 : last);
  },
  byte: (text: string, at = 1) => (at <= text.length ? text.charCodeAt(at - 1) : undefined),
};

/** Runs `work` where Lua's string library is there, as in Lua. */
export async function asLua<T>(work: () => T | Promise<T>): Promise<T> {
  Object.assign(globalThis, { string: luaString });
  try {
    return await work();
  } finally {
    Reflect.deleteProperty(globalThis, "string");
  }
}

/** The first value that each call gives, in both; throws where they differ. */
export async function runBoth(calls: readonly LuaCall[]): Promise<unknown[]> {
  const inNode = await asLua(() => runInNode(calls));
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
