// Plugins with what they make of their configuration, and of the keys that it names.
import type { KeysObject } from "../../wire/edge.ts";
import { pluginNamed } from "../plugins/table.ts";
import type { Entry, PreparedPlugin, World } from "../world.ts";
import type { ChangedKeys, Entries } from "./entries.ts";
import { objectOf } from "./entries.ts";
import type { Layer } from "./layer.ts";
import { isTouched, partIn } from "./layer.ts";

/** Those that change, and those whose keys do; throws a sentence for one that cannot work. */
export function changedPlugins(before: World, entries: Entries, changed: ChangedKeys): Layer<PreparedPlugin> {
  const made: Record<string, PreparedPlugin> = {};
  for (const key of changed.plugin) made[key] = prepared(key, entries);
  for (const key in before.plugins) {
    if (isTouched(entries, key) || !before.plugins[key]!.keys.some((id) => isTouched(entries, id))) continue;
    made[key] = prepared(key, entries);
  }
  return { base: before.plugins, made, gone: entries.gone };
}

function prepared(key: string, entries: Entries): PreparedPlugin {
  const { plugin: name, config } = objectOf("plugin", entries, key);
  const plugin = pluginNamed(name);
  if (plugin === undefined) throw `${key}: this gateway has no plugin ${name}`;
  const keys = (plugin.keys?.(config as never) ?? []).map((id) => `keys/${id}`);
  for (const id of keys) if (partIn(entries, id) === undefined) throw `${key}: there is no ${id}`;
  const keysOf = (id: string) => partIn<Entry>(entries, `keys/${id}`)?.value as KeysObject | undefined;
  try {
    return { name, ready: plugin.prepare(config as never, { keys: keysOf }) as never, keys };
  } catch (reason) {
    throw `${key}: ${reason}`;
  }
}
