// The shape of a plugin: what it makes of its configuration once a snapshot, and what it does in a request.

import type { KeysObject } from "../../wire/edge.ts";
import type { PluginConfigs } from "../../wire/edge-plugins.ts";
import type { RequestRecord } from "../record.ts";

/** What a plugin may look up while it prepares. @noSelf */
export interface Surroundings {
  readonly keys: (id: string) => KeysObject | undefined;
}

export interface Plugin<Name extends keyof PluginConfigs, Ready> {
  readonly name: Name;
  /** Ids of the `keys/` objects that `prepare` looks up; when one changes the plugin is prepared anew. */
  readonly keys?: (this: void, config: PluginConfigs[Name]) => readonly string[];
  /** Throws a sentence when the configuration cannot work: the snapshot is refused. */
  readonly prepare: (this: void, config: PluginConfigs[Name], surroundings: Surroundings) => Ready;
  /** Before the target: 0 lets the request pass, an HTTP status refuses it (with `request.reason` set). */
  readonly access?: (this: void, request: RequestRecord, ready: Ready) => number;
  /** When the answer's headers are there, also those of a refusal. */
  readonly answer?: (this: void, request: RequestRecord, ready: Ready) => void;
}

/** Any plugin, its types forgotten: `ready` only ever goes back to the plugin that made it. */
export interface AnyPlugin {
  readonly name: keyof PluginConfigs;
  readonly keys?: (this: void, config: never) => readonly string[];
  readonly prepare: (this: void, config: never, surroundings: Surroundings) => unknown;
  readonly access?: (this: void, request: RequestRecord, ready: never) => number;
  readonly answer?: (this: void, request: RequestRecord, ready: never) => void;
}
