// transform.response.body as the gateway gets it: edits with their texts as JSON, so that nothing is left to be encoded there.
import type { BodyEdit, ResponseBodySpec } from "../spec/plugin-types.ts";
import type { JsonEditConfig, ResponseBodyConfig } from "../wire/edge-plugins.ts";

export function responseBodyConfig({
  edits,
  replace,
  types,
  maxBytes,
  isStrict,
}: ResponseBodySpec): ResponseBodyConfig {
  return { types: types.toSorted(), maxBytes, isStrict, json: edits.map(jsonEditConfig), replace };
}

function jsonEditConfig(edit: BodyEdit): JsonEditConfig {
  const { path, kind } = edit;
  return { path, kind, text: kind === "remove" ? "" : JSON.stringify(edit.value), name: JSON.stringify(path.at(-1)) };
}
