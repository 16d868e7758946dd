// Where templates may stand.
import type { PluginSet } from "./plugin-types.ts";

/** Every value of a route's plugins that may hold a template. */
export function templatesOf({ path, requestHeaders, query, responseHeaders }: PluginSet): readonly string[] {
  const edited = [requestHeaders, query, responseHeaders].flatMap((edits) =>
    edits ? [...Object.values(edits.set), ...Object.values(edits.add)] : [],
  );
  return path ? [path.template, ...edited] : edited;
}
