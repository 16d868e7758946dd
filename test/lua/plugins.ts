// Gateway plugins in LuaJIT, without nginx: plugins.lua stands where the gateway meets it.
import type { PluginConfigs } from "../../src/wire/edge-plugins.ts";
import { runLua } from "./run-lua.ts";

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A request as a plugin meets it; what is left out is empty. Texts hold one byte a character. */
export interface PluginRequest {
  readonly method?: string;
  readonly headers?: Headers;
  /** Headers of the target's answer. */
  readonly answerHeaders?: Headers;
  /** The target's status; 200 unless told. */
  readonly answerStatus?: number;
  /** nginx's variables besides headers. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly nowMs?: number;
  readonly body?: string;
  /** What earlier phases left in the request's record. */
  readonly record?: Readonly<Record<string, unknown>>;
}

export interface PluginResult {
  /** 0: it may go on. */
  readonly status: number;
  readonly reason?: string;
  /** Headers as the target gets them. */
  readonly request: Headers;
  /** Headers as the client gets them. */
  readonly answer: Headers;
  readonly args?: string;
  /** The path that the target gets, when another. */
  readonly uri?: string;
}

/** What one plugin makes of these requests, in turn. */
export function runPlugin<Name extends keyof PluginConfigs>(
  name: Name,
  config: PluginConfigs[Name],
  requests: readonly PluginRequest[],
): readonly PluginResult[] {
  const [[results]] = runLua([{ module: "plugins", name: "run", args: [name, config, requests] }]) as [
    [PluginResult[]],
  ];
  return results.map((result) => ({ ...result, request: tableOf(result.request), answer: tableOf(result.answer) }));
}

/** Why a plugin refuses its configuration, undefined when it does not. */
export function pluginRefusal(name: keyof PluginConfigs, config: object): string | undefined {
  const [[reason]] = runLua([{ module: "plugins", name: "refusal", args: [name, config] }]) as [[string | null]];
  return reason ?? undefined;
}

/** Lua writes an empty table as a list or a mapping. */
function tableOf(headers: Headers): Headers {
  return { ...headers };
}
